import { reportRoutes } from '../gateway-api/route-status.ts'
import { readBackendWeights } from '../edits/weights.ts'
import type { Mesh } from '../istio/mesh.ts'
import type { Fields } from '../istio/fields/read-fields.ts'
import { fieldsOf, listOf, numberOf, textOf } from '../istio/fields/read-fields.ts'
import { isDeepEqual } from '../yaml/deep-equal.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'
import type { Check, Finding } from './check.ts'

const GROUP = 'gateway.networking.k8s.io'
const isRoute = ({ apiVersion, kind }: KubernetesObject): boolean =>
  groupOf(apiVersion) === GROUP && kind.endsWith('Route')

/** MWB0122: the conditions that Istio's controller would write into a route's status and that are not true. */
export const routeStatus: Check = ({ objects, mesh }) => {
  if (!objects.some(isRoute)) return []
  const byKey = new Map(
    objects
      .filter(isRoute)
      .map(object => [
        `${object.kind}/${object.metadata.namespace ?? 'default'}/${object.metadata.name}`,
        object,
      ]),
  )
  return reportRoutes(objects, mesh.clusterDomain).flatMap(({ kind, namespace, name, parents }) => {
    const object = byKey.get(`${kind}/${namespace}/${name}`)
    if (object === undefined) return []
    return parents.flatMap(({ parentRef, conditions }) =>
      conditions
        .filter(({ status, reason }) => status === 'False' && reason !== 'BackendNotFound')
        .map(({ type, reason, message }): Finding => ({
          code: 'MWB0122',
          severity: 'error',
          object,
          path: type === 'Accepted' ? `spec.parentRefs[${String(indexOf(object, parentRef))}]` : 'spec.rules',
          message: `${type} is False (${reason}) for ${textOf(parentRef['kind']) ?? 'Gateway'} ${textOf(parentRef['name']) ?? ''}: ${[...new Set(message.split('; '))].join('; ')}`,
        })),
    )
  })
}

const indexOf = ({ spec }: KubernetesObject, written: unknown): number =>
  Math.max(
    0,
    listOf(fieldsOf(spec)['parentRefs']).findIndex(item => isDeepEqual(item, written)),
  )

/** IST0101: Gateways and ports of Services that routes name and that are not there; a controller writes nothing about those. */
export const routeParents: Check = ({ objects, mesh }) => {
  const gateways = new Set(
    objects
      .filter(({ apiVersion, kind }) => groupOf(apiVersion) === GROUP && kind === 'Gateway')
      .map(({ metadata }) => `${metadata.namespace ?? 'default'}/${metadata.name}`),
  )
  return objects.filter(isRoute).flatMap(object =>
    listOf(fieldsOf(object.spec)['parentRefs']).flatMap((item, index): readonly Finding[] => {
      const parent = fieldsOf(item)
      if (parent['kind'] === 'Service') return checkParentPort(mesh, object, parent, index)
      if ((textOf(parent['kind']) ?? 'Gateway') !== 'Gateway' || (textOf(parent['group']) ?? GROUP) !== GROUP)
        return []
      const key = `${textOf(parent['namespace']) ?? object.metadata.namespace ?? 'default'}/${textOf(parent['name']) ?? ''}`
      return gateways.has(key)
        ? []
        : [
            {
              code: 'IST0101',
              severity: 'error',
              object,
              path: `spec.parentRefs[${String(index)}]`,
              message: `There is no Gateway ${key}`,
            },
          ]
    }),
  )
}

/** A Service's port that a route is for and that the Service does not have: the route counts for nothing. */
function checkParentPort(
  mesh: Mesh,
  object: KubernetesObject,
  parent: Fields,
  index: number,
): readonly Finding[] {
  const port = numberOf(parent['port'])
  const namespace = textOf(parent['namespace']) ?? object.metadata.namespace ?? 'default'
  const service = mesh.services.find(
    item => item.namespace === namespace && item.name === textOf(parent['name']),
  )
  if (port === undefined || service === undefined || service.ports.length === 0) return []
  return service.ports.some(({ number }) => number === port)
    ? []
    : [
        {
          code: 'IST0101',
          severity: 'error',
          object,
          path: `spec.parentRefs[${String(index)}].port`,
          message: `Service ${namespace}/${service.name} has no port ${String(port)}`,
        },
      ]
}

/** MWB0123: backends that a route may not use, or of a kind that Istio does not know: each, where its status names one. */
export const routeBackends: Check = ({ objects, mesh }) => {
  const routes = new Map(
    objects
      .filter(isRoute)
      .map(object => [
        `${object.kind} ${object.metadata.namespace ?? 'default'}/${object.metadata.name}`,
        object,
      ]),
  )
  const found = new Map<string, Finding>()
  for (const item of mesh.virtualServices) {
    if (item.isGatewayApi !== true) continue
    for (const { source, targets } of [...item.http, ...item.tls, ...item.tcp])
      for (const { problem } of targets) {
        // A backend that is not there is told by `routeRules`.
        if (source === undefined || problem === undefined || problem.message.startsWith('backend(')) continue
        const path = `spec.rules[${String(source.rule)}].backendRefs[${String(problem.backend)}]`
        const key = `${source.kind} ${source.namespace}/${source.name} ${path}`
        const object = routes.get(`${source.kind} ${source.namespace}/${source.name}`)
        if (object !== undefined && !found.has(key))
          found.set(key, {
            code: 'MWB0123',
            severity: 'error',
            object,
            path,
            message: sentence(problem.message),
          })
      }
  }
  if (found.size === 0) return []
  // What the route's status says is told by `routeStatus`.
  const inStatus = new Set(
    reportRoutes(objects, mesh.clusterDomain).flatMap(({ kind, namespace, name, parents }) =>
      parents.flatMap(({ conditions }) =>
        conditions.map(({ message }) => `${kind} ${namespace}/${name} ${sentence(message)}`),
      ),
    ),
  )
  return [...found.values()]
    .filter(
      ({ object: { kind, metadata }, message }) =>
        !inStatus.has(`${kind} ${metadata.namespace ?? 'default'}/${metadata.name} ${message}`),
    )
    .map(finding => ({ ...finding, message: `${finding.message}: its requests are answered with 500` }))
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** MWB0123: rules of routes that answer 500, or never take a request. */
export const routeRules: Check = ({ objects, mesh }) => {
  const services = new Map(mesh.services.map(service => [`${service.namespace}/${service.name}`, service]))
  return objects.filter(isRoute).flatMap(object => {
    const namespace = object.metadata.namespace ?? 'default'
    const rules = listOf(fieldsOf(object.spec)['rules']).map(fieldsOf)
    return rules.flatMap((rule, index): readonly Finding[] => {
      const path = `spec.rules[${String(index)}]`
      const report = (at: string, severity: Finding['severity'], message: string): Finding => ({
        code: 'MWB0123',
        severity,
        object,
        path: at,
        message,
      })
      const found: Finding[] = []
      const asks = ({ matches }: Readonly<Record<string, unknown>>): unknown =>
        listOf(matches).length === 0 ? [{}] : matches
      const earlier = rules.slice(0, index).findIndex(other => isDeepEqual(asks(other), asks(rule)))
      if (earlier >= 0 && (object.kind === 'HTTPRoute' || object.kind === 'GRPCRoute'))
        found.push(
          report(
            path,
            'warning',
            `Rule ${String(index + 1)} never takes a request: rule ${String(earlier + 1)} asks for the same and comes first.`,
          ),
        )
      const weights = readBackendWeights(rule['backendRefs'])
      const answers = listOf(rule['filters']).some(filter => fieldsOf(filter)['type'] === 'RequestRedirect')
      if (weights.length > 0 && weights.every(weight => weight === 0))
        found.push(
          report(`${path}.backendRefs`, 'error', 'All weights are 0: every request is answered with 500'),
        )
      if (weights.length === 0 && !answers && object.kind === 'HTTPRoute')
        found.push(report(path, 'warning', 'The rule names no backend: its requests are answered with 500'))
      for (const [at, item] of listOf(rule['backendRefs']).entries()) {
        const backend = fieldsOf(item)
        if ((textOf(backend['kind']) ?? 'Service') !== 'Service' || (textOf(backend['group']) ?? '') !== '')
          continue
        const name = textOf(backend['name']) ?? ''
        const where = textOf(backend['namespace']) ?? namespace
        const service = services.get(`${where}/${name}`)
        const own = `${path}.backendRefs[${String(at)}]`
        const port = numberOf(backend['port'])
        if (service === undefined)
          found.push(
            report(
              `${own}.name`,
              'error',
              `There is no Service ${name} in namespace ${where}: its requests are answered with 500`,
            ),
          )
        else if (service.ports.length > 0 && !service.ports.some(({ number }) => number === port))
          found.push(
            report(
              `${own}.port`,
              'error',
              `Service ${name} has no port ${port === undefined ? '(none is named)' : String(port)}`,
            ),
          )
      }
      return found
    })
  })
}
