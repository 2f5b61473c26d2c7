import { hostCovers, isWildcard } from '../istio/host-name.ts'
import { selects } from '../istio/named-object.ts'
import { fieldsOf, listOf, numberOf, optionalFields, textOf } from '../istio/fields/read-fields.ts'
import type { Fields } from '../istio/fields/read-fields.ts'
import { isHttp } from '../istio/service.ts'
import { explainServerMode } from '../routing/policy/mutual-tls.ts'
import type { Check, Finding } from './check.ts'
import { podsBehind, serviceOf, shortHost } from './destinations.ts'

/** KIA0202, KIA0203: hosts that are no service, and subsets that select no pod. */
export const destinationRules: Check = ({ mesh }) =>
  mesh.destinationRules.flatMap((rule): readonly Finding[] => {
    if (rule.host === '' || isWildcard(rule.host)) return []
    if (mesh.services.length + mesh.serviceEntries.length === 0) return []
    const service = serviceOf(mesh, rule.host)
    const name = shortHost(mesh, rule.host, rule.namespace)
    if (service === undefined)
      return [
        {
          code: 'KIA0202',
          severity: 'error',
          object: rule.object,
          path: 'spec.host',
          message: `There is no Service ${name} in namespace ${rule.namespace}`,
        },
      ]
    const pods = podsBehind(mesh, service)
    if (pods === undefined) return []
    return rule.subsets.flatMap((subset, index) =>
      Object.keys(subset.labels).length === 0 || pods.some(labels => selects(subset.labels, labels))
        ? []
        : {
            code: 'KIA0203',
            severity: 'warning' as const,
            object: rule.object,
            path: `spec.subsets[${String(index)}].labels`,
            message: `No pod of ${name} has these labels: requests to subset ${subset.name} are answered with 503`,
          },
    )
  })

interface TlsPlace {
  readonly mode: string
  readonly path: string
  readonly port?: number
  readonly labels: Readonly<Record<string, string>>
}

/** MWB0110: callers that are told not to use mutual TLS towards workloads that take nothing else. */
export const tlsConflicts: Check = ({ mesh }) => {
  const isStrictSomewhere = mesh.peerAuthentications.some(
    item => item.mode === 'STRICT' || [...item.portModes.values()].includes('STRICT'),
  )
  if (!isStrictSomewhere) return []
  return mesh.destinationRules.flatMap(rule => {
    const services = mesh.services.filter(service => hostCovers(rule.host, service.host))
    return tlsOf(rule.trafficPolicy, rule.subsets).flatMap((place): readonly Finding[] => {
      if (place.mode === 'ISTIO_MUTUAL') return []
      for (const service of services) {
        const selector = service.selector ?? {}
        if (Object.keys(selector).length === 0) continue
        const pods = podsBehind(mesh, service)?.filter(labels => selects(place.labels, labels)) ?? [
          { ...selector, ...place.labels },
        ]
        for (const port of service.ports) {
          if (place.port !== undefined && place.port !== port.number) continue
          const target = typeof port.targetPort === 'number' ? port.targetPort : undefined
          const strict = pods
            .map(labels => explainServerMode(mesh, { namespace: service.namespace, labels }, target))
            .find(({ mode }) => mode === 'STRICT')
          if (strict === undefined) continue
          const by =
            strict.by === undefined
              ? 'the mesh'
              : `PeerAuthentication ${strict.by.namespace}/${strict.by.name}`
          return [
            {
              code: 'MWB0110',
              severity: 'error',
              object: rule.object,
              path: place.path,
              message: `Callers use ${place.mode === 'DISABLE' ? 'no TLS' : `TLS of mode ${place.mode}`} towards ${shortHost(mesh, service.host, rule.namespace)}:${String(port.number)}, which takes mutual TLS only (${by}): their ${isHttp(port.protocol) ? 'requests get 503' : 'connections end'}`,
              ...(strict.by === undefined ? {} : { related: { kind: 'PeerAuthentication', ...strict.by } }),
            },
          ]
        }
      }
      return []
    })
  })
}

/** Each place where a rule sets a mode, as far as it counts: a subset without its own has the rule's. */
function tlsOf(
  policy: Fields | undefined,
  subsets: readonly { readonly labels: Readonly<Record<string, string>>; readonly trafficPolicy?: Fields }[],
): readonly TlsPlace[] {
  const places = placesIn(policy, 'spec.trafficPolicy', {})
  const own = subsets.flatMap((subset, index) =>
    placesIn(subset.trafficPolicy, `spec.subsets[${String(index)}].trafficPolicy`, subset.labels),
  )
  return [...places, ...own]
}

function placesIn(
  policy: Fields | undefined,
  path: string,
  labels: Readonly<Record<string, string>>,
): readonly TlsPlace[] {
  const read = (fields: Fields, at: string, port?: number): TlsPlace[] => {
    const tls = optionalFields(fields['tls'])
    return tls === undefined
      ? []
      : [
          {
            mode: textOf(tls['mode']) ?? 'DISABLE',
            path: `${at}.tls.mode`,
            labels,
            ...(port === undefined ? {} : { port }),
          },
        ]
  }
  if (policy === undefined) return []
  return [
    ...read(policy, path),
    ...listOf(policy['portLevelSettings']).flatMap((item, index) =>
      read(
        fieldsOf(item),
        `${path}.portLevelSettings[${String(index)}]`,
        numberOf(fieldsOf(fieldsOf(item)['port'])['number']),
      ),
    ),
  ]
}
