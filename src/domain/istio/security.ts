import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { NamedObject } from './named-object.ts'
import { nameObject } from './named-object.ts'
import type { Fields } from './fields/read-fields.ts'
import { fieldsOf, listOf, optionalFields, textMapOf, textOf, textsOf } from './fields/read-fields.ts'

export type MutualTlsMode = 'STRICT' | 'PERMISSIVE' | 'DISABLE'

export interface PeerAuthentication extends NamedObject {
  /** Empty where the object is for a whole namespace, or in the root namespace for the mesh. */
  readonly selector: Readonly<Record<string, string>>
  /** Absent for UNSET: inherits. */
  readonly mode?: MutualTlsMode
  readonly portModes: ReadonlyMap<number, MutualTlsMode>
}

const readMode = (value: unknown): MutualTlsMode | undefined => {
  const mode = fieldsOf(value)['mode']
  return mode === 'STRICT' || mode === 'PERMISSIVE' || mode === 'DISABLE' ? mode : undefined
}

/** A PeerAuthentication of any served version. */
export function readPeerAuthentication(object: KubernetesObject): PeerAuthentication {
  const spec = fieldsOf(object.spec)
  const mode = readMode(spec['mtls'])
  const ports = new Map<number, MutualTlsMode>()
  for (const [port, value] of Object.entries(fieldsOf(spec['portLevelMtls']))) {
    const own = readMode(value)
    if (own !== undefined) ports.set(Number(port), own)
  }
  return {
    ...nameObject(object),
    selector: textMapOf(fieldsOf(spec['selector'])['matchLabels']),
    ...(mode === undefined ? {} : { mode }),
    portModes: ports,
  }
}

/** What a policy names in `targetRef` or `targetRefs`. */
export interface PolicyTarget {
  readonly group: string
  readonly kind: string
  readonly name: string
}

/** Source: https://istio.io/latest/docs/reference/config/type/workload-selector/#PolicyTargetReference */
export const readTargets = (spec: Fields): readonly PolicyTarget[] =>
  [spec['targetRef'], ...listOf(spec['targetRefs'])].flatMap(item => {
    const fields = optionalFields(item)
    return fields === undefined
      ? []
      : [
          {
            group: textOf(fields['group']) ?? '',
            kind: textOf(fields['kind']) ?? '',
            name: textOf(fields['name']) ?? '',
          },
        ]
  })

export type AuthorizationAction = 'ALLOW' | 'DENY' | 'AUDIT' | 'CUSTOM'

/** A list of values and the list that must not match, as `principals` and `notPrincipals`. */
export interface AuthorizationRule {
  /** Each a `source`; empty for any. */
  readonly from: readonly Fields[]
  /** Each an `operation`; empty for any. */
  readonly to: readonly Fields[]
  readonly when: readonly {
    readonly key: string
    readonly values: readonly string[]
    readonly notValues: readonly string[]
  }[]
}

export interface AuthorizationPolicy extends NamedObject {
  readonly selector: Readonly<Record<string, string>>
  /** The gateways, waypoints and Services that it is attached to; a sidecar has none of them. */
  readonly targets: readonly PolicyTarget[]
  readonly action: AuthorizationAction
  /** The extension provider of a CUSTOM policy. */
  readonly provider?: string
  readonly rules: readonly AuthorizationRule[]
}

/** An AuthorizationPolicy of any served version. */
export function readAuthorizationPolicy(object: KubernetesObject): AuthorizationPolicy {
  const spec = fieldsOf(object.spec)
  const action = textOf(spec['action'])
  const provider = textOf(fieldsOf(spec['provider'])['name'])
  return {
    ...nameObject(object),
    selector: textMapOf(fieldsOf(spec['selector'])['matchLabels']),
    targets: readTargets(spec),
    action: action === 'DENY' || action === 'AUDIT' || action === 'CUSTOM' ? action : 'ALLOW',
    ...(provider === undefined ? {} : { provider }),
    rules: listOf(spec['rules'])
      .map(fieldsOf)
      .map(rule => ({
        from: listOf(rule['from']).map(item => fieldsOf(fieldsOf(item)['source'])),
        to: listOf(rule['to']).map(item => fieldsOf(fieldsOf(item)['operation'])),
        when: listOf(rule['when'])
          .map(fieldsOf)
          .map(condition => ({
            key: textOf(condition['key']) ?? '',
            values: textsOf(condition['values']),
            notValues: textsOf(condition['notValues']),
          })),
      })),
  }
}
