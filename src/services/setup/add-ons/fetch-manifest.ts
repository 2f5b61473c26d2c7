import { createHash } from 'node:crypto'
import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ProblemError } from '../../../domain/problem.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { Host } from '../../host.ts'
import { readObjects } from '../steps/apply-manifest.ts'
import { download } from '../tools/download.ts'

/** A manifest from elsewhere, as it was previewed. */
export interface FetchedManifest {
  readonly text: string
  readonly sha256: string
  readonly objects: readonly KubernetesObject[]
}

interface Place {
  readonly folder: string
  readonly env: Host['env']
}

/** More than any add-on's manifest has; istio/samples/addons/grafana.yaml is 0.4 MiB. */
const MAX_BYTES = 8 * 1024 * 1024
const hashOf = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')
const pathOf = ({ folder }: Place, sha256: string): string =>
  join(folder, 'downloads', `manifest-${sha256}.yaml`)

/** Downloads a manifest, over https only but from this machine itself, and keeps it by its hash. */
export async function fetchManifest(
  place: Place,
  url: string,
  signal: AbortSignal,
): Promise<FetchedManifest> {
  const to = join(place.folder, 'downloads', `manifest-of-${hashOf(url).slice(0, 16)}.yaml`)
  // The address's text may have changed since: it is fetched whole each time.
  await rm(to, { force: true })
  await download({ url, to, env: place.env, signal, maxBytes: MAX_BYTES })
  const bytes = await readFile(to)
  const sha256 = hashOf(bytes)
  const text = bytes.toString('utf8')
  const objects = readManifest(text, url)
  await rename(to, pathOf(place, sha256))
  return { text, sha256, objects }
}

/** The manifest that was previewed, and no other: from the disk, or downloaded again with the same hash. */
export async function readFetched(
  place: Place,
  { url, sha256 }: { readonly url: string; readonly sha256: string },
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  try {
    const bytes = await readFile(pathOf(place, sha256))
    if (hashOf(bytes) === sha256) return readManifest(bytes.toString('utf8'), url)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  const fetched = await fetchManifest(place, url, signal)
  if (fetched.sha256 === sha256) return fetched.objects
  throw new ProblemError({
    code: 'conflict',
    message: `${url} is not what was previewed any more: its SHA-256 is ${fetched.sha256}`,
    hint: 'Review the preview again, then decide.',
  })
}

/** Objects that have what every object needs; a page of a web site has not. */
function readManifest(text: string, url: string): readonly KubernetesObject[] {
  const objects = readObjects(text)
  const isObject = ({ apiVersion, kind, metadata }: Partial<KubernetesObject>): boolean =>
    typeof apiVersion === 'string' && typeof kind === 'string' && typeof metadata?.name === 'string'
  if (objects.length > 0 && objects.every(isObject)) return objects
  throw new ProblemError({
    code: 'invalid',
    message: `${url} is not a manifest of Kubernetes objects`,
    hint: 'Give the address of the YAML itself; on GitHub that is the one behind “Raw”.',
  })
}
