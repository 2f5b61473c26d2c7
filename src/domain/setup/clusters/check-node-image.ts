import { KIND_RELEASES } from '../versions/kind-releases.ts'
import { readVersion } from '../versions/version.ts'
import type { PreflightCheck } from './check-machine.ts'

/**
 * Whether node images are of the kind that is here: each release of kind builds images of its own and promises nothing
 * for others. Source: https://kind.sigs.k8s.io/docs/user/quick-start/#creating-a-cluster
 */
export function checkNodeImages(
  kind: string | undefined,
  images: readonly string[],
): readonly PreflightCheck[] {
  const version = readVersion(kind ?? '')
  if (kind === undefined || !version || images.length === 0) return []
  const release = KIND_RELEASES.find(each => each.version === kind.replace(/^v/, ''))
  return images.map(image => {
    const short = image.replace(/@sha256:.*/, '')
    const name = 'node-image'
    if (release?.images.some(each => each.image === image))
      return { name, state: 'passed', message: `${short} was built for kind ${kind}` }
    const other = KIND_RELEASES.find(each => each.images.some(known => known.image === image))
    if (other)
      return {
        name,
        state: 'warning',
        message: `${short} was built for kind ${other.version}, and kind ${kind} is installed`,
        hint: `Use kind ${other.version}${release ? `, or ${release.images.map(each => `v${each.kubernetes}`).join(', ')} of kind ${kind}` : ''}.`,
      }
    if (!image.includes('@sha256:'))
      return {
        name,
        state: 'warning',
        message: `${short} is named by its tag only, which may change`,
        hint: 'Name it with the digest that the release notes of kind give.',
      }
    return {
      name,
      state: 'warning',
      message: `It is not known for which kind ${short} was built`,
      hint: `Take an image that the release notes of kind ${kind} name.`,
    }
  })
}
