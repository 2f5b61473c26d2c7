/**
 * The path of a request's target, decoded, or undefined for a target that our page never asks for: the absolute form
 * of proxies, `*`, an authority, a bad percent-escape, a character that no name of a file has.
 * Source: RFC 9112, section 3.2.
 */
export function readRequestPath(target: string | undefined): string | undefined {
  const [encoded = ''] = (target ?? '').split('?', 1)
  // `//host` is a path to HTTP and another host to a browser.
  if (!encoded.startsWith('/') || encoded.startsWith('//')) return undefined
  let path: string
  try {
    path = decodeURIComponent(encoded)
  } catch {
    return undefined
  }

  return /[\u0000-\u001f\u007f\\#]/.test(path) ? undefined : path
}
