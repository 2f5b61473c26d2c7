import type { Mesh } from '../mesh/mesh.ts'
import { selects } from '../mesh/named-object.ts'
import type { AuthorizationAction, AuthorizationPolicy } from '../mesh/security.ts'
import type { Call } from './authorization-rule.ts'
import { explainMismatch, findUnknown } from './authorization-rule.ts'
import type { Workload } from './mutual-tls.ts'

export type { Call } from './authorization-rule.ts'

export interface PolicyReference {
  readonly kind: 'AuthorizationPolicy'
  readonly namespace: string
  readonly name: string
  readonly action: AuthorizationAction
  /** Index in `spec.rules`; absent where no rule matched. */
  readonly rule?: number
}

export interface Authorization {
  readonly allowed: boolean
  readonly by?: PolicyReference
  /** One sentence for the user. */
  readonly reason: string
  /** Policies whose answer the objects do not tell: CUSTOM ones, and attributes that only the proxy knows. */
  readonly unknown: readonly string[]
}

/**
 * Whether a workload's proxy lets a call in. CUSTOM policies ask a server that we cannot, then a DENY that
 * matches denies, then any ALLOW that matches allows; where there are ALLOW policies and none matches, the
 * answer is no. AUDIT and dry-run policies decide nothing.
 * Source: https://istio.io/latest/docs/concepts/security/#implicit-enablement
 */
export function authorize(mesh: Mesh, target: Workload, call: Call): Authorization {
  const policies = policiesFor(mesh, target)
  const unknown = new Set<string>()
  for (const policy of policies) {
    for (const name of findUnknown(policy.rules, call)) unknown.add(`${titleOf(policy)}: ${name}`)
    if (policy.action === 'CUSTOM' && matchingRule(mesh, policy, call) !== undefined)
      unknown.add(`${titleOf(policy)}: asks an external authorizer`)
  }
  const answer = (allowed: boolean, reason: string, by?: PolicyReference): Authorization => ({
    allowed,
    reason,
    unknown: [...unknown],
    ...(by === undefined ? {} : { by }),
  })

  for (const policy of policies) {
    const rule = policy.action === 'DENY' ? matchingRule(mesh, policy, call) : undefined
    if (rule !== undefined)
      return answer(
        false,
        `rule ${String(rule + 1)} of ${titleOf(policy)} denies it`,
        referenceTo(policy, rule),
      )
  }
  const allowing = policies.filter(policy => policy.action === 'ALLOW')
  for (const policy of allowing) {
    const rule = matchingRule(mesh, policy, call)
    if (rule !== undefined)
      return answer(
        true,
        `rule ${String(rule + 1)} of ${titleOf(policy)} allows it`,
        referenceTo(policy, rule),
      )
  }
  const [first] = allowing
  if (first === undefined) return answer(true, 'no policy of the workload restricts who may call')
  return answer(false, `no rule allows it: ${explainRefusal(mesh, allowing, call)}`, referenceTo(first))
}

/** The policies that a workload's proxy enforces: those of its namespace and of the root namespace that select it. */
export const policiesFor = (mesh: Mesh, target: Workload): readonly AuthorizationPolicy[] =>
  mesh.authorizationPolicies.filter(
    policy =>
      (policy.namespace === target.namespace || policy.namespace === mesh.rootNamespace) &&
      !policy.hasTarget &&
      policy.object.metadata.annotations?.['istio.io/dry-run'] !== 'true' &&
      selects(policy.selector, target.labels),
  )

/** The index of the first rule that matches. */
function matchingRule(mesh: Mesh, policy: AuthorizationPolicy, call: Call): number | undefined {
  const index = policy.rules.findIndex(rule => explainMismatch(mesh, rule, call) === undefined)
  return index < 0 ? undefined : index
}

function explainRefusal(mesh: Mesh, policies: readonly AuthorizationPolicy[], call: Call): string {
  return policies
    .map(policy => {
      const [rule] = policy.rules
      const reason = rule === undefined ? 'it has no rules' : explainMismatch(mesh, rule, call)
      const others = policy.rules.length - 1
      const more = others > 0 ? ` (and ${String(others)} more rules do not match)` : ''
      return `${policy.namespace}/${policy.name}: ${reason ?? ''}${more}`
    })
    .join('; ')
}

const titleOf = ({ action, namespace, name }: AuthorizationPolicy): string =>
  `${action} policy ${namespace}/${name}`

const referenceTo = ({ namespace, name, action }: AuthorizationPolicy, rule?: number): PolicyReference => ({
  kind: 'AuthorizationPolicy',
  namespace,
  name,
  action,
  ...(rule === undefined ? {} : { rule }),
})
