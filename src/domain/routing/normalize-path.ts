const needsWork = /[%\\]|\/\.{1,2}(\/|$)/
const unreserved = /[\w\-.~]/

/**
 * A path as Istio's proxies see it: `.` and `..` resolved, `\` read as `/`, needless escapes undone. Double
 * slashes stay. Source: https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig-ProxyPathNormalization (BASE, the default).
 */
export function normalizePath(path: string): string {
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
