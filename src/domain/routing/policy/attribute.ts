import type { Mesh } from '../../istio/mesh.ts'
import type { Call } from './call.ts'
import { namespaceOf, requestPrincipalOf, serviceAccountOf } from './call.ts'
import { isInBlock, matchesPath, matchesPattern } from './value-match.ts'

/** Compares one wanted value with the call's. */
type Compare = (wanted: string, own: string) => boolean

/** One thing of a call that policies look at. */
export interface Attribute {
  readonly name: string
  /** How to say whose value it is: `the caller`. */
  readonly subject: string
  /** The call's values; none where the call is known to have none. */
  readonly own: readonly string[]
  readonly compare: Compare
  /** That the objects do not tell the value. */
  readonly isUnknown?: boolean
  /** That only a proxy that reads requests knows it. */
  readonly isOfRequest?: boolean
  /** That the value is the usual one, not one that was given. */
  readonly isAssumed?: boolean
}

const given = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value])

const matchesInAnyCase: Compare = (wanted, own) => matchesPattern(wanted.toLowerCase(), own.toLowerCase())

/**
 * In a principal of all five parts the mesh's own trust domain and its aliases stand for each other, and
 * `cluster.local` for all of them, whatever they are called.
 * Source: `ReplaceTrustDomainAliases` in istio's pilot/pkg/trustdomain/trust_domain.go.
 */
const comparePrincipal =
  ({ settings: { trustDomain, trustDomainAliases } }: Mesh): Compare =>
  (wanted, own) => {
    if (matchesPattern(wanted, own)) return true
    const [domain = '', ...rest] = wanted.split('/')
    const domains = [trustDomain, ...trustDomainAliases]
    if (rest.length !== 4) return false
    if (domain !== 'cluster.local' && !domains.some(item => matchesPattern(domain, item))) return false
    return domains.some(item => matchesPattern([item, ...rest].join('/'), own))
  }

/** A name without namespace is of the policy's own namespace. */
const compareServiceAccount =
  (namespace: string): Compare =>
  (wanted, own) =>
    own === (wanted.includes('/') ? wanted : `${namespace}/${wanted}`)

/** Where an attribute is looked at: the mesh, the call, and the namespace of the policy that asks. */
export interface Asked {
  readonly mesh: Mesh
  readonly call: Call
  readonly namespace: string
}

const ofIdentity = (
  { call }: Asked,
  name: string,
  subject: string,
  own: string | undefined,
  compare: Compare,
): Attribute => ({
  name,
  subject,
  own: given(own),
  compare,
  ...(call.isPrincipalAssumed === true ? { isAssumed: true } : {}),
})

const principal = (asked: Asked, name: string): Attribute =>
  ofIdentity(asked, name, 'the caller', asked.call.principal, comparePrincipal(asked.mesh))
const namespace = ({ call }: Asked, name: string): Attribute => ({
  name,
  subject: "the caller's namespace",
  own: given(namespaceOf(call)),
  compare: matchesPattern,
})
const serviceAccount = (asked: Asked, name: string): Attribute =>
  ofIdentity(
    asked,
    name,
    "the caller's service account",
    serviceAccountOf(asked.call),
    compareServiceAccount(asked.namespace),
  )
const address = (name: string, subject: string, own: string | undefined): Attribute => ({
  name,
  subject,
  own: given(own),
  compare: isInBlock,
  isUnknown: own === undefined,
})
const port = ({ call }: Asked, name: string): Attribute => ({
  name,
  subject: 'the port',
  own: given(call.port === undefined ? undefined : String(call.port)),
  compare: (wanted, own) => wanted === own,
  isUnknown: call.port === undefined,
})
const requestPrincipal = ({ call }: Asked, name: string): Attribute => ({
  name,
  subject: "the request's token",
  own: given(requestPrincipalOf(call)),
  compare: matchesPattern,
  isOfRequest: true,
})

/** Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source */
export const sourceAttributes = (asked: Asked): readonly Attribute[] => [
  principal(asked, 'principals'),
  requestPrincipal(asked, 'requestPrincipals'),
  namespace(asked, 'namespaces'),
  serviceAccount(asked, 'serviceAccounts'),
  address('ipBlocks', "the caller's address", asked.call.ip),
  address('remoteIpBlocks', "the first caller's address", asked.call.remoteIp),
]

/** Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/#Operation */
export const operationAttributes = (asked: Asked): readonly Attribute[] => {
  const { host, method, path } = asked.call
  return [
    { name: 'hosts', subject: 'the host', own: [host], compare: matchesInAnyCase, isOfRequest: true },
    port(asked, 'ports'),
    { name: 'methods', subject: 'the method', own: [method], compare: matchesPattern, isOfRequest: true },
    {
      name: 'paths',
      subject: 'the path',
      own: [path.replace(/[?#].*$/s, '')],
      compare: matchesPath,
      isOfRequest: true,
    },
  ]
}

/** Source: https://istio.io/latest/docs/reference/config/security/conditions/ */
export function conditionAttribute(asked: Asked, key: string): Attribute {
  const { call } = asked
  const header = /^request\.headers\[(.+)\]$/.exec(key)?.[1]?.toLowerCase()
  if (header !== undefined)
    return {
      name: key,
      subject: `header ${header}`,
      own: given(header === ':authority' ? call.host : call.headers[header]),
      compare: matchesPattern,
      isOfRequest: true,
      ...(call.unknownHeaders?.[header] === undefined ? {} : { isUnknown: true }),
    }
  const claim = /^request\.auth\.claims\[(.+)\]$/.exec(key)?.[1]
  if (claim !== undefined) return claimAttribute(call, key, claim.split(']['))
  switch (key) {
    case 'source.ip':
      return address(key, "the caller's address", call.ip)
    case 'remote.ip':
      return address(key, "the first caller's address", call.remoteIp)
    case 'destination.ip':
      return address(key, "the workload's address", call.destinationIp)
    case 'source.namespace':
      return namespace(asked, key)
    case 'source.serviceAccount':
      return serviceAccount(asked, key)
    case 'source.principal':
      return principal(asked, key)
    case 'request.auth.principal':
      return requestPrincipal(asked, key)
    case 'request.auth.audiences':
      return claimAttribute(call, key, ['aud'])
    case 'request.auth.presenter':
      return claimAttribute(call, key, ['azp'])
    case 'destination.port':
      return port(asked, key)
    case 'connection.sni':
      return { name: key, subject: 'the TLS server name', own: given(call.sni), compare: matchesPattern }
    default:
      return { name: key, subject: key, own: [], compare: matchesPattern, isUnknown: true }
  }
}

/** A claim's own text, or the texts of its list. Source: the same page, `request.auth.claims`. */
function claimAttribute({ claims }: Call, key: string, path: readonly string[]): Attribute {
  let value: unknown = claims
  for (const part of path)
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined
  const values = Array.isArray(value) ? (value as readonly unknown[]) : [value]
  return {
    name: key,
    subject: `claim ${path.join('.')}`,
    own: values.filter(item => typeof item === 'string'),
    compare: matchesPattern,
    isOfRequest: true,
  }
}
