import type { Json } from './ask-istiod.ts'

/** A request as Envoy's filters see it, with everything known. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly host: string
  readonly headers: Readonly<Record<string, string>>
  readonly port: number
  readonly destinationIp: string
  readonly sourceIp: string
  /** `spiffe://…` of the peer's certificate. */
  readonly principal?: string
  readonly sni?: string
  readonly claims?: Json
}

const fields = (value: unknown): Json => (value ?? {}) as Json
const list = (value: unknown): readonly Json[] => (value ?? []) as readonly Json[]

/** Envoy's StringMatcher: https://www.envoyproxy.io/docs/envoy/latest/api-v3/type/matcher/v3/string.proto */
export function matchesText(matcher: Json, value: string): boolean {
  const isAnyCase = matcher['ignore_case'] === true
  const fold = (text: string): string => (isAnyCase ? text.toLowerCase() : text)
  const own = fold(value)
  const wanted = (name: string): string => fold(String(matcher[name]))
  if ('exact' in matcher) return own === wanted('exact')
  if ('prefix' in matcher) return own.startsWith(wanted('prefix'))
  if ('suffix' in matcher) return own.endsWith(wanted('suffix'))
  if ('contains' in matcher) return own.includes(wanted('contains'))
  if ('safe_regex' in matcher)
    return new RegExp(`^(?:${String(fields(matcher['safe_regex'])['regex'])})$`, 's').test(value)
  throw new Error(`unknown string matcher ${JSON.stringify(matcher)}`)
}

function matchesHeader(matcher: Json, seen: Seen): boolean {
  const name = String(matcher['name']).toLowerCase()
  const value =
    name === ':authority'
      ? seen.host
      : name === ':method'
        ? seen.method
        : name === ':path'
          ? seen.path
          : seen.headers[name]
  const found =
    value !== undefined &&
    (matcher['present_match'] === true ||
      ('string_match' in matcher && matchesText(fields(matcher['string_match']), value)))
  return matcher['invert_match'] === true ? !found : found
}

const numberOfAddress = (address: string): number =>
  address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)

export function isInRange(range: Json, address: string): boolean {
  const size = 2 ** (32 - Number(range['prefix_len'] ?? 0))
  return (
    Math.floor(numberOfAddress(String(range['address_prefix'])) / size) ===
    Math.floor(numberOfAddress(address) / size)
  )
}

function matchesMetadata(matcher: Json, { claims }: Seen): boolean {
  const found = ((): boolean => {
    if (matcher['filter'] !== 'envoy.filters.http.jwt_authn' || claims === undefined) return false
    let value: unknown = { payload: claims }
    for (const part of list(matcher['path'])) value = fields(value)[String(part['key'])]
    return matchesValue(fields(matcher['value']), value)
  })()
  return matcher['invert'] === true ? !found : found
}

function matchesValue(matcher: Json, value: unknown): boolean {
  if ('or_match' in matcher)
    return list(fields(matcher['or_match'])['value_matchers']).some(item => matchesValue(item, value))
  if ('string_match' in matcher)
    return typeof value === 'string' && matchesText(fields(matcher['string_match']), value)
  if ('list_match' in matcher)
    return (
      Array.isArray(value) &&
      value.some(item => matchesValue(fields(fields(matcher['list_match'])['one_of']), item))
    )
  if ('present_match' in matcher) return (value !== undefined) === matcher['present_match']
  throw new Error(`unknown value matcher ${JSON.stringify(matcher)}`)
}

/** Envoy's URI templates: https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/path/match/uri_template/v3/uri_template_match.proto */
const matchesTemplate = (template: string, path: string): boolean =>
  new RegExp(
    `^${template
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replace(/\*\*/g, '<any>')
      .replace(/\*/g, '[^/]+')
      .replace(/<any>/g, '.*')}$`,
  ).test(path)

const pathOf = ({ path }: Seen): string => path.replace(/[?#].*$/s, '')

function matchesPermission(rule: Json, seen: Seen): boolean {
  const [name] = Object.keys(rule)
  const value = fields(rule[name ?? ''])
  switch (name) {
    case 'any':
      return true
    case 'and_rules':
      return list(value['rules']).every(item => matchesPermission(item, seen))
    case 'or_rules':
      return list(value['rules']).some(item => matchesPermission(item, seen))
    case 'not_rule':
      return !matchesPermission(value, seen)
    case 'header':
      return matchesHeader(value, seen)
    case 'url_path':
      return matchesText(fields(value['path']), pathOf(seen))
    case 'uri_template':
      return matchesTemplate(String(fields(value['typed_config'])['path_template']), pathOf(seen))
    case 'destination_port':
      return seen.port === Number(rule[name])
    case 'destination_ip':
      return isInRange(value, seen.destinationIp)
    case 'requested_server_name':
      return matchesText(value, seen.sni ?? '')
    case 'metadata':
      return matchesMetadata(value, seen)
    default:
      throw new Error(`unknown permission ${JSON.stringify(rule)}`)
  }
}

function matchesPrincipal(rule: Json, seen: Seen): boolean {
  const [name] = Object.keys(rule)
  const value = fields(rule[name ?? ''])
  switch (name) {
    case 'any':
      return true
    case 'and_ids':
      return list(value['ids']).every(item => matchesPrincipal(item, seen))
    case 'or_ids':
      return list(value['ids']).some(item => matchesPrincipal(item, seen))
    case 'not_id':
      return !matchesPrincipal(value, seen)
    case 'authenticated':
      return seen.principal !== undefined && matchesText(fields(value['principal_name']), seen.principal)
    case 'direct_remote_ip':
    case 'remote_ip':
    case 'source_ip':
      return isInRange(value, seen.sourceIp)
    case 'header':
      return matchesHeader(value, seen)
    case 'filter_state':
      if (value['key'] !== 'io.istio.peer_principal') throw new Error(`unknown state ${String(value['key'])}`)
      return seen.principal !== undefined && matchesText(fields(value['string_match']), seen.principal)
    case 'metadata':
      return matchesMetadata(value, seen)
    default:
      throw new Error(`unknown principal ${JSON.stringify(rule)}`)
  }
}

/** Whether an RBAC filter lets the request on, by its enforced rules. */
export function passesRbac(config: Json, seen: Seen): boolean {
  if (!('rules' in config)) return true
  const rules = fields(config['rules'])
  const matches = Object.values(fields(rules['policies'])).some(policy => {
    const { permissions, principals } = policy as Json
    return (
      list(permissions).some(item => matchesPermission(item, seen)) &&
      list(principals).some(item => matchesPrincipal(item, seen))
    )
  })
  return rules['action'] === 'DENY' ? !matches : rules['action'] === 'LOG' ? true : matches
}
