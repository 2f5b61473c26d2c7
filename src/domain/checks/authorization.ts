import type { Mesh } from '../istio/mesh.ts'
import type { Fields } from '../istio/fields/read-fields.ts'
import { textsOf } from '../istio/fields/read-fields.ts'
import type { AuthorizationPolicy, AuthorizationRule } from '../istio/security.ts'
import { selects } from '../istio/named-object.ts'
import type { MeshService, ServicePort } from '../istio/service.ts'
import { isHttp } from '../istio/service.ts'
import { matchesPattern } from '../routing/policy/value-match.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { Check, Finding } from './check.ts'

const HTTP_OPERATION = ['hosts', 'notHosts', 'methods', 'notMethods', 'paths', 'notPaths']
const HTTP_SOURCE = ['requestPrincipals', 'notRequestPrincipals']
const has = (fields: Fields, names: readonly string[]): readonly string[] =>
  names.filter(name => name in fields)

/** The fields of a rule that only requests have. */
export const httpFields = ({ from, to, when }: AuthorizationRule): readonly string[] => [
  ...from.flatMap(fields => has(fields, HTTP_SOURCE)),
  ...to.flatMap(fields => has(fields, HTTP_OPERATION)),
  ...when.filter(({ key }) => key.startsWith('request.')).map(({ key }) => key),
]

/** The services whose workloads a policy is for. */
function servicesOf(
  mesh: Mesh,
  { namespace, selector, targets }: AuthorizationPolicy,
): readonly MeshService[] {
  if (targets.length > 0) return []
  return mesh.services.filter(
    service =>
      (service.namespace === namespace || namespace === mesh.rootNamespace) &&
      service.selector !== undefined &&
      Object.keys(service.selector).length > 0 &&
      selects(selector, service.selector),
  )
}

/** IST0133: HTTP conditions of a policy do not count on a TCP port: a DENY denies all there, an ALLOW admits nobody. */
export const httpFieldsOnTcp: Check = ({ mesh }) =>
  mesh.authorizationPolicies.flatMap(policy => {
    if (policy.action !== 'DENY' && policy.action !== 'ALLOW') return []
    const ports = servicesOf(mesh, policy).flatMap(service =>
      service.ports
        .filter(port => !isHttp(port.protocol) && port.protocol !== 'UDP')
        .map(port => ({ service, port })),
    )
    if (ports.length === 0) return []
    return policy.rules.flatMap((rule, index): readonly Finding[] => {
      const fields = httpFields(rule)
      const reached = ports.find(({ port }) => isForPort(rule, port))
      if (fields.length === 0 || reached === undefined) return []
      const isSaved =
        policy.action === 'ALLOW' &&
        policy.rules.some(other => httpFields(other).length === 0 && isForPort(other, reached.port))
      if (isSaved) return []
      const { service, port } = reached
      return [
        {
          code: 'IST0133',
          severity: 'warning',
          object: policy.object,
          path: `spec.rules[${String(index)}]`,
          message: `Port ${String(port.number)} of Service ${service.namespace}/${service.name} is TCP, where nothing is known of ${fields.join(', ')}: the rule ${policy.action === 'DENY' ? 'denies every connection' : 'admits nobody'} there`,
          related: { kind: 'Service', namespace: service.namespace, name: service.name },
        },
      ]
    })
  })

function isForPort({ to }: AuthorizationRule, { targetPort, number }: ServicePort): boolean {
  const own = String(typeof targetPort === 'number' ? targetPort : number)
  return (
    to.length === 0 ||
    to.some(fields => {
      const ports = textsOf(fields['ports'])
      return (ports.length === 0 || ports.includes(own)) && !textsOf(fields['notPorts']).includes(own)
    })
  )
}

/** MWB0114: `ports` are the workload's; those of the Service that the workload does not have match nothing. */
export const workloadPorts: Check = ({ mesh }) =>
  mesh.authorizationPolicies.flatMap(policy => {
    const services = servicesOf(mesh, policy)
    if (services.length === 0) return []
    const known = new Set(
      services.flatMap(service => service.ports.flatMap(port => targetsOf(mesh, service, port))),
    )
    return policy.rules.flatMap((rule, index) =>
      rule.to.flatMap((fields, at) =>
        (['ports', 'notPorts'] as const).flatMap(name =>
          textsOf(fields[name]).flatMap((text): readonly Finding[] => {
            const service = services.find(item => item.ports.some(port => String(port.number) === text))
            const port = service?.ports.find(item => String(item.number) === text)
            if (service === undefined || port === undefined || known.has(text)) return []
            const [target] = targetsOf(mesh, service, port)
            return [
              {
                code: 'MWB0114',
                severity: 'warning',
                object: policy.object,
                path: `spec.rules[${String(index)}].to[${String(at)}].operation.${name}`,
                message: `${name} are those of the workload: port ${text} of Service ${service.namespace}/${service.name} leads to ${target ?? String(port.targetPort)}, so that ${text} matches nothing`,
                related: { kind: 'Service', namespace: service.namespace, name: service.name },
              },
            ]
          }),
        ),
      ),
    )
  })

/** The workload's ports behind one of a service; a named one is looked up in the pods. */
export function targetsOf(mesh: Mesh, service: MeshService, { targetPort }: ServicePort): readonly string[] {
  if (typeof targetPort === 'number') return [String(targetPort)]
  const pods = [...(mesh.podsByNamespace.get(service.namespace) ?? []), ...mesh.templates].filter(
    pod => pod.namespace === service.namespace && selects(service.selector ?? {}, pod.labels),
  )
  return pods.flatMap(pod =>
    pod.containerPorts.filter(({ name }) => name === targetPort).map(({ number }) => String(number)),
  )
}

/** KIA0106: an ALLOW policy that names callers of which none is there admits nobody. */
export const unknownCallers: Check = ({ mesh, objects, isWholeCluster }) => {
  if (!isWholeCluster) return []
  const accounts = accountsOf(mesh, objects)
  if (accounts.size === 0) return []
  return mesh.authorizationPolicies.flatMap(policy => {
    if (policy.action !== 'ALLOW') return []
    return policy.rules.flatMap((rule, index) =>
      rule.from.flatMap((fields, at): readonly Finding[] => {
        const principals = textsOf(fields['principals'])
        if (principals.length === 0 || principals.some(text => isKnown(text, accounts, mesh))) return []
        const isOnly = policy.rules.every(
          other =>
            other.from.length > 0 &&
            other.from.every(each => {
              const own = textsOf(each['principals'])
              return own.length > 0 && !own.some(text => isKnown(text, accounts, mesh))
            }),
        )
        return [
          {
            code: 'KIA0106',
            severity: isOnly ? 'error' : 'warning',
            object: policy.object,
            path: `spec.rules[${String(index)}].from[${String(at)}].source.principals`,
            message: `No workload runs as ${principals.join(' or ')}${isOnly ? ': the policy denies everyone' : ': the rule admits nobody'}`,
          },
        ]
      }),
    )
  })
}

/** `namespace/name` of every service account that is there or that a workload runs as. */
function accountsOf(mesh: Mesh, objects: readonly KubernetesObject[]): ReadonlySet<string> {
  if (mesh.pods.length + mesh.templates.length === 0) return new Set()
  return new Set([
    ...mesh.pods.map(pod => `${pod.namespace}/${pod.serviceAccount}`),
    ...mesh.templates.map(pod => `${pod.namespace}/${pod.serviceAccount}`),
    ...objects
      .filter(({ kind, apiVersion }) => kind === 'ServiceAccount' && apiVersion === 'v1')
      .map(({ metadata }) => `${metadata.namespace ?? 'default'}/${metadata.name}`),
  ])
}

function isKnown(principal: string, accounts: ReadonlySet<string>, mesh: Mesh): boolean {
  const [domain, , namespace, , name] = principal.split('/')
  // Other meshes have their own accounts, and patterns are for whoever comes.
  if (name === undefined || principal.includes('*'))
    return [...accounts].some(account => {
      const [own = '', ownName = ''] = account.split('/')
      return (
        matchesPattern(principal, `${mesh.trustDomain}/ns/${own}/sa/${ownName}`) ||
        matchesPattern(principal, `cluster.local/ns/${own}/sa/${ownName}`)
      )
    })
  if (domain !== 'cluster.local' && domain !== mesh.trustDomain) return true
  return accounts.has(`${namespace ?? ''}/${name}`)
}

/** MWB0134: Envoy does not merge slashes unless it is told to, so that `//admin` gets past a DENY of `/admin`. */
export const unnormalizedPaths: Check = ({ mesh }) => {
  const { pathNormalization } = mesh.settings
  if (pathNormalization === 'MERGE_SLASHES' || pathNormalization === 'DECODE_AND_MERGE_SLASHES') return []
  return mesh.authorizationPolicies.flatMap(policy => {
    if (policy.action !== 'DENY') return []
    return policy.rules.flatMap((rule, index) =>
      rule.to.flatMap((fields, at) =>
        has(fields, ['paths', 'notPaths'])
          .filter(name => textsOf(fields[name]).some(path => path.length > 1 && path !== '*'))
          .map((name): Finding => ({
            code: 'MWB0134',
            severity: 'info',
            object: policy.object,
            path: `spec.rules[${String(index)}].to[${String(at)}].operation.${name}`,
            message: `Paths are compared as Envoy normalizes them: . and .. are resolved, but // and %2F stay. Set pathNormalization MERGE_SLASHES where the workload reads // as /`,
          })),
      ),
    )
  })
}
