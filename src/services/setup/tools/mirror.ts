import { ProblemError } from '../../../domain/problem.ts'

/** This machine itself, where nobody can listen between. */
const isLoopback = ({ hostname }: URL): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)

/** Only https, and http to this machine itself: what is run later must not be changed on its way. */
export function readDownloadUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))) return url
  throw new ProblemError({
    code: 'bad-input',
    message: `${JSON.stringify(text)} is not an https:// address`,
    hint: 'Tools are downloaded over https only.',
  })
}

/**
 * An address at a mirror: `https://mirror/base` holds each origin under its own name, so that
 * `https://dl.k8s.io/release/x` is `https://mirror/base/dl.k8s.io/release/x`.
 */
export function mirrorUrl(url: string, mirror: string): string {
  if (mirror === '') return url
  const base = readDownloadUrl(mirror)
  if (base.search !== '' || base.hash !== '' || base.username !== '')
    throw new ProblemError({
      code: 'bad-input',
      message: `The mirror ${base.origin} must be an address without a login, a query or a fragment`,
      hint: 'Write it as https://mirror.example.org/tools.',
    })
  const { host, pathname } = new URL(url)
  return `${base.href.replace(/\/+$/, '')}/${host}${pathname}`
}

/** The target of a redirect: never from https to another scheme, and never to a scheme other than http and https. */
export function followRedirect(from: URL, location: string | undefined): URL {
  const reject = (why: string): ProblemError =>
    new ProblemError({
      code: 'invalid',
      message: `${from.host} answered with a redirect ${why}`,
      hint: 'Check the mirror; a network that asks for a login does this too.',
    })
  if (location === undefined || !URL.canParse(location, from.href)) throw reject('that leads nowhere')
  const to = new URL(location, from)
  if (to.protocol === 'https:') return to
  if (to.protocol === 'http:' && from.protocol === 'http:' && isLoopback(to)) return to
  throw reject(`to ${to.protocol}, which is not as safe as https:`)
}
