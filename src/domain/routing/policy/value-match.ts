import { readAddress } from '../../istio/address.ts'

/**
 * The patterns of authorization policies: exact, `prefix*`, `*suffix`, and `*` for any value that is there.
 * Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/#Rule
 */
export function matchesPattern(pattern: string, value: string): boolean {
  if (pattern === '*') return value !== ''
  if (pattern.endsWith('*')) return value.startsWith(pattern.slice(0, -1))
  if (pattern.startsWith('*')) return value.endsWith(pattern.slice(1))
  return pattern === value
}

/**
 * As `matchesPattern`, and `{*}` for one part of a path, `{**}` for all that follows a slash.
 * Source: Envoy's UriTemplateMatchConfig, which istiod makes of them.
 */
export function matchesPath(pattern: string, path: string): boolean {
  if (!pattern.includes('{*')) return matchesPattern(pattern, path)
  return matchesParts(pattern.split('/'), path.split('/'))
}

function matchesParts(pattern: readonly string[], path: readonly string[]): boolean {
  const [head, ...rest] = pattern
  if (head === undefined) return path.length === 0
  if (head === '{**}') return path.some((_part, index) => matchesParts(rest, path.slice(index + 1)))
  const [part, ...tail] = path
  if (part === undefined || (head !== part && (head !== '{*}' || part === ''))) return false
  return matchesParts(rest, tail)
}

/** Whether an IPv4 or IPv6 address is in a block (`10.0.0.0/8`) or is that one address. */
export function isInBlock(block: string, address: string): boolean {
  const [network = '', size] = block.split('/')
  const base = readAddress(network)
  const own = readAddress(address)
  if (base === undefined || own?.bits !== base.bits) return false
  const shift = BigInt(base.bits - Math.min(base.bits, size === undefined ? base.bits : Number(size) || 0))
  return base.value >> shift === own.value >> shift
}
