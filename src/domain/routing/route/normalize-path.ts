import type { PathNormalization } from '../../istio/settings/mesh-settings.ts'

const needsWork = /[%\\]|\/\.{1,2}(\/|$)/
const unreserved = /[\w\-.~]/

/**
 * A path and its query as Istio's proxies see them: what rules and policies are asked about. A fragment is cut off.
 * Source: `ConnectionManagerUtility::maybeNormalizePath` in Envoy's conn_manager_utility.cc, and
 * https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig-ProxyPathNormalization
 */
export function splitTarget(
  target: string,
  normalization: PathNormalization,
): { readonly path: string; readonly query: string } {
  const hash = target.indexOf('#')
  const whole = hash < 0 ? target : target.slice(0, hash)
  const mark = whole.indexOf('?')
  const path = normalizePath(mark < 0 ? whole : whole.slice(0, mark), normalization)
  return { path, query: mark < 0 ? '' : whole.slice(mark) }
}

/** As `splitTarget`, in one text. */
export function normalizeTarget(target: string, normalization: PathNormalization): string {
  const { path, query } = splitTarget(target, normalization)
  return path + query
}

/** A path without its query, normalized: first escaped slashes, then dots and needless escapes, then double slashes. */
export function normalizePath(path: string, normalization: PathNormalization = 'BASE'): string {
  if (normalization === 'NONE') return path
  const decoded = normalization === 'DECODE_AND_MERGE_SLASHES' ? decodeSlashes(path) : path
  const plain = canonicalPath(decoded)
  return normalization === 'BASE' ? plain : mergeSlashes(plain)
}

const decodeSlashes = (path: string): string => path.replaceAll(/%2f/gi, '/').replaceAll(/%5c/gi, '\\')

/** `.` and `..` resolved, `\` read as `/`, needless escapes undone; double slashes and `%2F` stay. */
function canonicalPath(path: string): string {
  if (!needsWork.test(path)) return path
  const plain = path.replaceAll('\\', '/').replaceAll(/%([0-9a-f]{2})/gi, (escape, code: string) => {
    const character = String.fromCharCode(parseInt(code, 16))
    return unreserved.test(character) ? character : escape
  })
  const parts: string[] = []
  const given = plain.split('/').slice(1)
  for (const [index, part] of given.entries()) {
    const isLast = index === given.length - 1
    if (part === '..') parts.pop()
    if (part === '.' || part === '..') {
      if (isLast) parts.push('')
    } else parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** A path of slashes alone keeps two: `PathUtil::mergeSlashes` in Envoy's path_utility.cc. */
function mergeSlashes(path: string): string {
  if (!path.includes('//')) return path
  const parts = path.split('/').filter(part => part !== '')
  return `/${parts.join('/')}${path.endsWith('/') ? '/' : ''}`
}
