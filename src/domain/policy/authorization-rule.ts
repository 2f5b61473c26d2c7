import type { Mesh } from '../mesh/mesh.ts'
import type { Fields } from '../mesh/read-fields.ts'
import { textsOf } from '../mesh/read-fields.ts'
import type { AuthorizationRule } from '../mesh/security.ts'
import { isInBlock, matchesPath, matchesPattern } from './value-match.ts'

/** A call as the called workload's proxy sees it. */
export interface Call {
  /** `cluster.local/ns/default/sa/frontend`, only where the caller proved it by mutual TLS. */
  readonly principal?: string
  /** The caller's namespace, if not that of the principal; also known by mutual TLS only. */
  readonly namespace?: string
  /** The address of the caller's connection. */
  readonly ip?: string
  /** The address of the first caller, by X-Forwarded-For or the PROXY protocol. */
  readonly remoteIp?: string
  /** `issuer/subject` of a valid token. */
  readonly requestPrincipal?: string
  readonly method: string
  /** Path with or without query. */
  readonly path: string
  readonly host: string
  /** The workload's port. */
  readonly port: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly destinationIp?: string
  readonly sni?: string
}

/** Compares one wanted value with the call's. */
type Compare = (wanted: string, own: string) => boolean

interface Attribute {
  readonly name: string
  /** How to say that a value is not what is wanted. */
  readonly subject: string
  readonly own: string | undefined
  readonly compare: Compare
}

const namespaceOf = (call: Call): string | undefined =>
  call.namespace ?? (call.principal === undefined ? undefined : /\/ns\/([^/]+)\//.exec(call.principal)?.[1])

const serviceAccountOf = (call: Call): string | undefined => {
  const found = call.principal === undefined ? null : /\/ns\/([^/]+)\/sa\/(.+)$/.exec(call.principal)
  return found?.[1] === undefined || found[2] === undefined ? undefined : `${found[1]}/${found[2]}`
}

const matchesInAnyCase: Compare = (wanted, own) => matchesPattern(wanted.toLowerCase(), own.toLowerCase())

/** `cluster.local` in a policy stands for the mesh's own trust domain, whatever that is called. */
function comparePrincipal(mesh: Mesh): Compare {
  return (wanted, own) =>
    matchesPattern(wanted, own) ||
    (wanted.startsWith('cluster.local/') &&
      matchesPattern(`${mesh.trustDomain}${wanted.slice('cluster.local'.length)}`, own))
}

/** Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source */
const sourceAttributes = (mesh: Mesh, call: Call): readonly Attribute[] => [
  { name: 'principals', subject: 'the caller', own: call.principal, compare: comparePrincipal(mesh) },
  {
    name: 'requestPrincipals',
    subject: "the request's token",
    own: call.requestPrincipal,
    compare: matchesPattern,
  },
  { name: 'namespaces', subject: "the caller's namespace", own: namespaceOf(call), compare: matchesPattern },
  {
    name: 'serviceAccounts',
    subject: "the caller's service account",
    own: serviceAccountOf(call),
    // A name without namespace is of the policy's own, which is the workload's: compare what follows the slash.
    compare: (wanted, own) => own === wanted || (!wanted.includes('/') && own.endsWith(`/${wanted}`)),
  },
  { name: 'ipBlocks', subject: "the caller's address", own: call.ip, compare: isInBlock },
  {
    name: 'remoteIpBlocks',
    subject: "the first caller's address",
    own: call.remoteIp ?? call.ip,
    compare: isInBlock,
  },
]

/** Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/#Operation */
const operationAttributes = (call: Call): readonly Attribute[] => [
  { name: 'hosts', subject: 'the host', own: call.host, compare: matchesInAnyCase },
  { name: 'ports', subject: 'the port', own: String(call.port), compare: (wanted, own) => wanted === own },
  { name: 'methods', subject: 'the method', own: call.method, compare: matchesPattern },
  { name: 'paths', subject: 'the path', own: call.path.replace(/[?#].*$/s, ''), compare: matchesPath },
]

/** Source: https://istio.io/latest/docs/reference/config/security/conditions/ */
function conditionAttribute(mesh: Mesh, key: string, call: Call): Attribute | undefined {
  const header = /^request\.headers\[(.+)\]$/.exec(key)?.[1]?.toLowerCase()
  if (header !== undefined)
    return {
      name: key,
      subject: `header ${header}`,
      own: header === ':authority' ? call.host : call.headers[header],
      compare: matchesPattern,
    }
  const compareText = (own: string | undefined): Attribute => ({
    name: key,
    subject: key,
    own,
    compare: matchesPattern,
  })
  switch (key) {
    case 'source.ip':
      return { name: key, subject: "the caller's address", own: call.ip, compare: isInBlock }
    case 'remote.ip':
      return { name: key, subject: key, own: call.remoteIp ?? call.ip, compare: isInBlock }
    case 'destination.ip':
      return { name: key, subject: key, own: call.destinationIp, compare: isInBlock }
    case 'source.namespace':
      return compareText(namespaceOf(call))
    case 'source.serviceAccount':
      return compareText(serviceAccountOf(call))
    case 'source.principal':
      return { ...compareText(call.principal), compare: comparePrincipal(mesh) }
    case 'request.auth.principal':
      return compareText(call.requestPrincipal)
    case 'destination.port':
      return compareText(String(call.port))
    case 'connection.sni':
      return compareText(call.sni)
    default:
      return undefined
  }
}

/** Why a rule does not match a call, in words; undefined where it does. An empty rule matches everything. */
export function explainMismatch(mesh: Mesh, rule: AuthorizationRule, call: Call): string | undefined {
  const source = explainAlternatives(rule.from, sourceAttributes(mesh, call))
  if (source !== undefined) return source
  const operation = explainAlternatives(rule.to, operationAttributes(call))
  if (operation !== undefined) return operation
  for (const { key, values, notValues } of rule.when) {
    const attribute = conditionAttribute(mesh, key, call)
    if (attribute === undefined) return `${key} is not known`
    const reason = explainValues(attribute, values, notValues)
    if (reason !== undefined) return reason
  }
  return undefined
}

/** Any one of the alternatives must match; the reason is the first one's. */
function explainAlternatives(
  alternatives: readonly Fields[],
  attributes: readonly Attribute[],
): string | undefined {
  let first: string | undefined
  for (const fields of alternatives) {
    const reason = explainFields(fields, attributes)
    if (reason === undefined) return undefined
    first ??= reason
  }
  return first
}

function explainFields(fields: Fields, attributes: readonly Attribute[]): string | undefined {
  for (const attribute of attributes) {
    const opposite = `not${attribute.name.charAt(0).toUpperCase()}${attribute.name.slice(1)}`
    const reason = explainValues(attribute, textsOf(fields[attribute.name]), textsOf(fields[opposite]))
    if (reason !== undefined) return reason
  }
  return undefined
}

function explainValues(
  { subject, own, compare }: Attribute,
  values: readonly string[],
  notValues: readonly string[],
): string | undefined {
  if (values.length > 0) {
    if (own === undefined) return `${subject} is not known`
    if (!values.some(value => compare(value, own))) return `${subject} is ${own}, not ${values.join(' or ')}`
  }
  if (own !== undefined && notValues.some(value => compare(value, own)))
    return `${subject} is ${own}, which the rule excludes`
  return undefined
}

const readable =
  /^(request\.headers\[.+\]|source\.(ip|namespace|principal|serviceAccount)|remote\.ip|destination\.(ip|port)|request\.auth\.principal|connection\.sni)$/

/** The conditions of rules that only the proxy can judge: claims of tokens, filters' metadata. */
export const findUnknown = (rules: readonly AuthorizationRule[], call: Call): readonly string[] => [
  ...new Set(
    rules.flatMap(rule => [
      ...rule.when.map(condition => condition.key).filter(key => !readable.test(key)),
      ...(call.requestPrincipal === undefined &&
      rule.from.some(source => textsOf(source['requestPrincipals']).length > 0)
        ? ['requestPrincipals']
        : []),
    ]),
  ),
]
