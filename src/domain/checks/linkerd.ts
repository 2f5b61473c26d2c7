import { fieldsOf, listOf, numberOf, textMapOf, textOf } from '../istio/fields/read-fields.ts'
import type { Mesh } from '../istio/mesh.ts'
import { selects } from '../istio/named-object.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'
import type { Check, CheckContext, Finding } from './check.ts'

const namespaceOf = ({ metadata }: KubernetesObject): string => metadata.namespace ?? 'default'

const routesOf = ({ objects }: CheckContext): readonly KubernetesObject[] =>
  objects.filter(
    ({ apiVersion, kind }) =>
      (kind === 'HTTPRoute' || kind === 'GRPCRoute') &&
      ['gateway.networking.k8s.io', 'policy.linkerd.io'].includes(groupOf(apiVersion)),
  )

const parentsOf = ({ spec }: KubernetesObject): readonly Readonly<Record<string, unknown>>[] =>
  listOf(fieldsOf(spec)['parentRefs']).map(fieldsOf)

/** MWB0125: Linkerd does not look at routes of a Service that has a ServiceProfile. Source: https://linkerd.io/2/features/httproute/ */
export const profilesBeforeRoutes: Check = context => {
  const { objects, mesh } = context
  const profiles = new Map(
    objects
      .filter(({ apiVersion, kind }) => kind === 'ServiceProfile' && groupOf(apiVersion) === 'linkerd.io')
      .map(object => [object.metadata.name, object]),
  )
  if (profiles.size === 0) return []
  return routesOf(context).flatMap(route =>
    parentsOf(route).flatMap((parent, index): readonly Finding[] => {
      if (textOf(parent['kind']) !== 'Service') return []
      const namespace = textOf(parent['namespace']) ?? namespaceOf(route)
      const profile = profiles.get(`${textOf(parent['name']) ?? ''}.${namespace}.svc.${mesh.clusterDomain}`)
      return profile === undefined
        ? []
        : [
            {
              code: 'MWB0125',
              severity: 'warning',
              object: route,
              path: `spec.parentRefs[${String(index)}]`,
              message: `ServiceProfile ${namespaceOf(profile)}/${profile.metadata.name} wins over this ${route.kind}: Linkerd does not look at it`,
              related: {
                kind: 'ServiceProfile',
                namespace: namespaceOf(profile),
                name: profile.metadata.name,
              },
            },
          ]
    }),
  )
}

/** MWB0126: once a Server has a route, the paths of probes are no longer allowed by themselves. Source: https://linkerd.io/2/reference/authorization-policy/#default-authorizations */
export const probesWithoutRoute: Check = context => {
  const { objects, mesh } = context
  const routes = routesOf(context)
  return objects
    .filter(({ apiVersion, kind }) => kind === 'Server' && groupOf(apiVersion) === 'policy.linkerd.io')
    .flatMap((server): readonly Finding[] => {
      const attached = routes.filter(
        route =>
          namespaceOf(route) === namespaceOf(server) &&
          parentsOf(route).some(
            parent => textOf(parent['kind']) === 'Server' && parent['name'] === server.metadata.name,
          ),
      )
      const [first] = attached
      if (first === undefined) return []
      const path = probePaths(mesh, server).find(each => !attached.some(route => takesPath(route, each)))
      return path === undefined
        ? []
        : [
            {
              code: 'MWB0126',
              severity: 'warning',
              object: first,
              path: 'spec.rules',
              message: `The kubelet's probe of ${path} gets 404: since Server ${namespaceOf(server)}/${server.metadata.name} has a route, probes need a route of their own that everybody may use`,
              related: { kind: 'Server', namespace: namespaceOf(server), name: server.metadata.name },
            },
          ]
    })
}

const PROBES = ['readinessProbe', 'livenessProbe', 'startupProbe']

/** The paths that probes of the Server's pods ask for on its port. */
function probePaths(mesh: Mesh, server: KubernetesObject): readonly string[] {
  const spec = fieldsOf(server.spec)
  const selector = textMapOf(fieldsOf(spec['podSelector'])['matchLabels'])
  const { port } = spec
  const pods = (mesh.podsByNamespace.get(namespaceOf(server)) ?? []).filter(pod =>
    selects(selector, pod.labels),
  )
  return pods.flatMap(({ object }) =>
    listOf(fieldsOf(object.spec)['containers'])
      .map(fieldsOf)
      .flatMap(container =>
        PROBES.flatMap(name => {
          const get = fieldsOf(fieldsOf(container[name])['httpGet'])
          const path = textOf(get['path'])
          const isOwn =
            get['port'] === port ||
            (numberOf(get['port']) !== undefined && numberOf(get['port']) === numberOf(port))
          return path === undefined || !isOwn ? [] : [path]
        }),
      ),
  )
}

function takesPath({ spec }: KubernetesObject, path: string): boolean {
  return listOf(fieldsOf(spec)['rules'])
    .map(fieldsOf)
    .some(rule => {
      const matches = listOf(rule['matches']).map(fieldsOf)
      return (
        matches.length === 0 ||
        matches.some(match => {
          const wanted = fieldsOf(match['path'])
          const value = textOf(wanted['value']) ?? '/'
          if (textOf(wanted['type']) === 'Exact') return value === path
          if (textOf(wanted['type']) === 'RegularExpression') return true
          return value === '/' || path === value || path.startsWith(value.endsWith('/') ? value : `${value}/`)
        })
      )
    })
}
