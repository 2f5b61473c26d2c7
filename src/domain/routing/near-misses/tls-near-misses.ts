import { destinationRulesFor } from '../../istio/destination-rules-for.ts'
import type { Mesh } from '../../istio/mesh.ts'
import { fieldsOf, listOf, numberOf, optionalFields, textOf } from '../../istio/fields/read-fields.ts'
import type { DestinationOutcome } from '../endpoint/evaluate-destination.ts'
import type { ConsideredRule, Destination, ObjectReference } from '../decision.ts'
import type { Caller } from '../request.ts'
import { referenceTo, titleOf } from './near-miss.ts'

/** The two objects that do not go together where a handshake fails: how the caller encrypts and what the workload takes. */
export function tlsNearMisses(
  mesh: Mesh,
  from: Caller,
  { host, subset, reason, tls, deniedBy }: DestinationOutcome,
  destinations: readonly Destination[],
): readonly ConsideredRule[] {
  if (reason !== 'mtls-error' && reason !== 'tls-error') return []
  const destination = destinations.find(item => item.host === host && item.subset === subset)
  const found = findTls(mesh, from, host, subset, destination?.port)
  const server = deniedBy === undefined ? undefined : referenceTo(deniedBy)
  const misses: ConsideredRule[] = []
  if (found !== undefined)
    misses.push({
      route: found.rule,
      matched: true,
      reason: `${titleOf(found.rule)} sets tls mode ${found.mode} for ${host}${server === undefined ? '' : `, and ${titleOf(server)} does not take that`}`,
      field: found.field,
      ...(server === undefined ? {} : { object: server }),
    })
  if (server !== undefined)
    misses.push({
      route: server,
      matched: true,
      reason: `${titleOf(server)} decides what the workload takes; the caller's proxy uses ${tls === 'none' ? 'no TLS' : tls}`,
      field: 'spec.mtls.mode',
    })
  return misses
}

/** The DestinationRule that says how callers encrypt, and the field in it. */
function findTls(
  mesh: Mesh,
  from: Caller,
  host: string,
  subset: string | undefined,
  port: number | undefined,
): { readonly rule: ObjectReference; readonly field: string; readonly mode: string } | undefined {
  const applied = destinationRulesFor(mesh, host, from.namespace, from.labels)
  const own = subset === undefined ? undefined : applied.subsets.get(subset)
  const places = [
    ...(own === undefined
      ? []
      : [
          {
            rule: own.rule,
            policy: fieldsOf(own.subset.trafficPolicy),
            path: `spec.subsets[${String(own.rule.subsets.indexOf(own.subset))}].trafficPolicy`,
          },
        ]),
    ...(applied.trafficPolicy === undefined
      ? []
      : [
          {
            rule: applied.trafficPolicy.rule,
            policy: applied.trafficPolicy.fields,
            path: 'spec.trafficPolicy',
          },
        ]),
  ]
  for (const { rule, policy, path } of places) {
    const index = listOf(policy['portLevelSettings']).findIndex(
      item => numberOf(fieldsOf(fieldsOf(item)['port'])['number']) === port && port !== undefined,
    )
    const portPolicy = index < 0 ? undefined : fieldsOf(listOf(policy['portLevelSettings'])[index])
    const tls =
      optionalFields(portPolicy?.['tls']) ??
      (portPolicy === undefined ? optionalFields(policy['tls']) : undefined)
    if (tls === undefined) continue
    return {
      rule: referenceTo(rule),
      field: `${path}${portPolicy === undefined ? '' : `.portLevelSettings[${String(index)}]`}.tls.mode`,
      mode: textOf(tls['mode']) ?? 'DISABLE',
    }
  }
  return undefined
}
