import type { NamedObject } from '../istio/named-object.ts'
import type { Fields } from '../istio/fields/read-fields.ts'
import { fieldsOf, listOf, numberOf, optionalFields, textOf } from '../istio/fields/read-fields.ts'
import type { MeshService } from '../istio/service.ts'
import type { HttpRule, RouteTarget, TextMatch } from '../istio/virtual-service.ts'

/** An Ingress while it is converted, and what its backends are looked up in. */
export interface ConvertedIngress {
  readonly ingress: NamedObject
  readonly services: readonly MeshService[]
  readonly clusterDomain: string
}

/** The rules for the paths of an Ingress's rule; a path whose backend is no Service has none. */
export function convertIngressPaths(
  converted: ConvertedIngress,
  http: Fields,
  ruleIndex: number,
): readonly HttpRule[] {
  const { kind, namespace, name } = converted.ingress
  return listOf(http['paths'])
    .map(fieldsOf)
    .flatMap((path, index): readonly HttpRule[] => {
      const target = convertIngressBackend(converted, fieldsOf(path['backend']))
      if (target === undefined) return []
      const uri = convertIngressPath(path)
      return [
        {
          index,
          matches:
            uri === undefined
              ? []
              : [
                  {
                    uri,
                    headers: {},
                    withoutHeaders: {},
                    queryParams: {},
                    sourceLabels: {},
                    gateways: [],
                    ignoreUriCase: false,
                  },
                ],
          targets: [target],
          mirrors: [],
          source: { kind, namespace, name, rule: ruleIndex, match: index },
        },
      ]
    })
}

/** Undefined where the path takes everything. A path without one of the two types is read as istiod always did. */
export function convertIngressPath(path: Fields): TextMatch | undefined {
  const value = typeof path['path'] === 'string' ? path['path'] : ''
  if (path['pathType'] === 'Exact') return { kind: 'exact', value }
  if (path['pathType'] === 'Prefix') return { kind: 'prefix', value }
  // Source: `createFallbackStringMatch` in istio's pilot/pkg/config/kube/ingress/virtualservices.go.
  if (['', '*', '/*', '.*'].includes(value)) return undefined
  return /(?:\.\*|\/\*)$/.test(value)
    ? { kind: 'prefix', value: value.slice(0, -2) }
    : { kind: 'exact', value }
}

/** The Service that a backend names; undefined where it names none, or a port that the Service does not have. */
export function convertIngressBackend(
  { ingress: { namespace }, services, clusterDomain }: ConvertedIngress,
  backend: Fields,
): RouteTarget | undefined {
  const service = optionalFields(backend['service'])
  if (service === undefined) return undefined
  const name = textOf(service['name']) ?? ''
  const { number, name: portName } = fieldsOf(service['port'])
  const port =
    numberOf(number) ??
    services
      .find(item => item.name === name && item.namespace === namespace)
      ?.ports.find(item => item.name === portName)?.number
  return port === undefined || port <= 0
    ? undefined
    : { host: `${name}.${namespace}.svc.${clusterDomain}`, port, weight: 100 }
}

/**
 * The longest path first, of equal ones the exact one; what takes everything counts as no path at all.
 * Source: `sortHTTPRoutes` there, https://kubernetes.io/docs/concepts/services-networking/ingress/#multiple-matches
 */
export const sortIngressRules = (rules: readonly HttpRule[]): readonly HttpRule[] =>
  rules.toSorted(
    (one, other) => lengthOf(other) - lengthOf(one) || Number(isExact(other)) - Number(isExact(one)),
  )

const uriOf = ({ matches }: HttpRule): TextMatch | undefined => matches[0]?.uri
const isExact = (rule: HttpRule): boolean => uriOf(rule)?.kind === 'exact'

function lengthOf(rule: HttpRule): number {
  const uri = uriOf(rule)
  return uri === undefined || uri.kind === 'present' ? 0 : uri.value.length
}
