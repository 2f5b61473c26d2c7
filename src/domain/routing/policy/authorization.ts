import type { Mesh } from '../../istio/mesh.ts'
import type { AuthorizationAction, AuthorizationPolicy } from '../../istio/security.ts'
import type { Evaluation } from './authorization-rule.ts'
import { evaluateRule } from './authorization-rule.ts'
import type { Call } from './call.ts'
import { describeRule, EVERYBODY } from './describe-rule.ts'
import type { Workload } from './mutual-tls.ts'
import { attachesTo } from './policy-attachment.ts'

export type { Call } from './call.ts'

export interface PolicyReference {
  /** `Server` is Linkerd's. */
  readonly kind: 'AuthorizationPolicy' | 'RequestAuthentication' | 'PeerAuthentication' | 'Server'
  readonly namespace: string
  readonly name: string
  readonly action?: AuthorizationAction
  /** Index in `spec.rules`; absent where no rule matched. */
  readonly rule?: number
}

/** A policy's rule that was looked at. */
export interface ConsideredPolicy {
  readonly namespace: string
  readonly name: string
  readonly action: AuthorizationAction
  /** Index in `spec.rules`; absent for a policy without rules. */
  readonly rule?: number
  readonly matched: boolean
  /** One sentence in words. */
  readonly reason: string
  /** The field whose condition decided: `spec.rules[0].from`; absent for a policy without rules. */
  readonly field?: string
}

export interface Authorization {
  readonly allowed: boolean
  readonly by?: PolicyReference
  /** One sentence for the user. */
  readonly reason: string
  /** Policies whose answer the objects do not tell: CUSTOM ones, and attributes that only the proxy knows. */
  readonly unknown: readonly string[]
  readonly considered: readonly ConsideredPolicy[]
}

interface EvaluatedRule {
  readonly policy: AuthorizationPolicy
  readonly index: number
  readonly evaluation: Evaluation
}

/** The order in which Istio asks them; AUDIT decides nothing. */
const ORDER: readonly AuthorizationAction[] = ['CUSTOM', 'DENY', 'ALLOW', 'AUDIT']

/**
 * Whether a workload's proxy lets a call in. CUSTOM policies ask a server that we cannot, then a DENY that
 * matches denies, then any ALLOW that matches allows; where there are ALLOW policies and none matches, the
 * answer is no. AUDIT and dry-run policies decide nothing; ztunnel knows ALLOW and DENY alone. Where the answer hangs on what the objects do not tell,
 * the call is let in and `unknown` names it.
 * Source: https://istio.io/latest/docs/concepts/security/#implicit-enablement
 */
export function authorize(mesh: Mesh, target: Workload, call: Call): Authorization {
  const policies = policiesFor(mesh, target)
    .filter(({ action }) => call.isAtZtunnel !== true || action === 'ALLOW' || action === 'DENY')
    .sort((one, other) => ORDER.indexOf(one.action) - ORDER.indexOf(other.action))
  const evaluated = policies.flatMap(policy =>
    policy.rules.map((rule, index): EvaluatedRule => {
      const asked = { mesh, call, namespace: policy.namespace }
      return { policy, index, evaluation: evaluateRule(asked, rule, policy.action) }
    }),
  )
  const having = (action: AuthorizationAction, answer: Evaluation['answer']): readonly EvaluatedRule[] =>
    evaluated.filter(item => item.policy.action === action && item.evaluation.answer === answer)
  const notes = new Set<string>()
  for (const { policy } of [...having('CUSTOM', 'yes'), ...having('CUSTOM', 'unknown')])
    notes.add(`${titleOf(policy)} asks the external authorizer ${policy.provider ?? 'that the mesh names'}`)
  const answer = (allowed: boolean, reason: string, by?: PolicyReference): Authorization => ({
    allowed,
    reason,
    unknown: [...notes],
    considered: considerPolicies(policies, evaluated, call),
    ...(by === undefined ? {} : { by }),
  })
  const decided = (item: EvaluatedRule, allowed: boolean): Authorization => {
    if (item.evaluation.isAssumed === true) notes.add(assumption(item, call))
    return answer(
      allowed,
      `${ruleOf(item)} ${allowed ? 'allows' : 'denies'} it${explainIgnored(item.evaluation)}`,
      referenceTo(item.policy, item.index),
    )
  }

  const [denying] = having('DENY', 'yes')
  if (denying !== undefined) return decided(denying, false)
  for (const item of having('DENY', 'unknown')) notes.add(`${ruleOf(item)}: ${item.evaluation.reason}`)
  const [allowing] = having('ALLOW', 'yes')
  if (allowing !== undefined) return decided(allowing, true)
  const first = policies.find(policy => policy.action === 'ALLOW')
  if (first === undefined) return answer(true, 'no policy of the workload restricts who may call')
  const open = having('ALLOW', 'unknown')
  for (const item of open) notes.add(`${ruleOf(item)}: ${item.evaluation.reason}`)
  if (open.length > 0) return answer(true, 'whether a policy allows it is not known')
  for (const item of having('ALLOW', 'no'))
    if (item.evaluation.isAssumed === true) notes.add(assumption(item, call))
  const reasons = policies
    .filter(policy => policy.action === 'ALLOW')
    .map(policy => explainDenial(policy, evaluated))
  return answer(false, `no rule allows it: ${reasons.join('; ')}`, referenceTo(first))
}

/** The policies that a workload's proxy enforces: those of its namespace and of the root namespace that select it. */
export const policiesFor = (mesh: Mesh, target: Workload): readonly AuthorizationPolicy[] =>
  mesh.authorizationPolicies.filter(policy => !isDryRun(policy) && attachesTo(mesh, policy, target))

/** Source: https://istio.io/latest/docs/tasks/security/authorization/authz-dry-run/ */
const isDryRun = ({ object }: AuthorizationPolicy): boolean =>
  object.metadata.annotations?.['istio.io/dry-run'] === 'true'

function considerPolicies(
  policies: readonly AuthorizationPolicy[],
  evaluated: readonly EvaluatedRule[],
  call: Call,
): readonly ConsideredPolicy[] {
  return policies.flatMap((policy): ConsideredPolicy[] => {
    const { namespace, name, action } = policy
    const own = { namespace, name, action }
    if (policy.rules.length === 0)
      return [
        {
          ...own,
          matched: false,
          reason: action === 'ALLOW' ? 'it has no rules, so it allows nothing' : 'it has no rules',
        },
      ]
    return evaluated
      .filter(item => item.policy === policy)
      .map(({ index, evaluation }) => ({
        ...own,
        rule: index,
        matched: evaluation.answer === 'yes',
        reason: `${explainEvaluation(policy, evaluation, call)}${explainScope(policy, index, evaluation)}`,
        field: `spec.rules[${String(index)}]${evaluation.attribute === undefined ? '' : `.${evaluation.attribute}`}`,
      }))
  })
}

const EFFECTS: Readonly<Record<AuthorizationAction, string>> = {
  ALLOW: 'it allows the request',
  DENY: 'it denies the request',
  AUDIT: 'it audits the request',
  CUSTOM: 'an external authorizer is asked',
}

/** Whom a rule that decided against the call is for: those an ALLOW rule admits, those a DENY rule denies. */
function explainScope(policy: AuthorizationPolicy, index: number, evaluation: Evaluation): string {
  const { answer, ignored = [] } = evaluation
  const rule = policy.rules[index]
  const decides =
    (policy.action === 'ALLOW' && answer === 'no') || (policy.action === 'DENY' && answer === 'yes')
  if (rule === undefined || !decides) return ''
  const scope = ignored.length > 0 ? EVERYBODY : describeRule(rule)
  if (policy.action === 'ALLOW') return ` (it admits ${scope})`
  return scope === EVERYBODY ? ' (it denies everybody)' : ` (it denies ${scope} and admits all others)`
}

function explainEvaluation({ action }: AuthorizationPolicy, evaluation: Evaluation, call: Call): string {
  const { answer, reason } = evaluation
  if (answer === 'yes') return `${EFFECTS[action]}${explainIgnored(evaluation)}`
  if (answer === 'unknown') return `whether it matches cannot be told: ${reason}`
  return action === 'ALLOW' && call.protocol !== 'tcp' ? `${call.method} is not allowed: ${reason}` : reason
}

/** A rule of HTTP conditions is for every connection where only a port can be told. */
const explainIgnored = ({ ignored = [] }: Evaluation): string =>
  ignored.length === 0
    ? ''
    : `: on a TCP port only ports count, so ${ignored.join(', ')} ${ignored.length === 1 ? 'is' : 'are'} ignored and every connection matches`

function explainDenial(policy: AuthorizationPolicy, evaluated: readonly EvaluatedRule[]): string {
  const own = evaluated.filter(item => item.policy === policy)
  const reason = own[0]?.evaluation.reason ?? 'it has no rules'
  const others = own.length - 1
  const more =
    others > 0 ? ` (and ${String(others)} more ${others === 1 ? 'rule does' : 'rules do'} not match)` : ''
  return `${policy.namespace}/${policy.name}: ${reason}${more}`
}

const titleOf = ({ action, namespace, name }: AuthorizationPolicy): string =>
  `${action} policy ${namespace}/${name}`

const ruleOf = ({ policy, index }: EvaluatedRule): string => `rule ${String(index + 1)} of ${titleOf(policy)}`

const assumption = (item: EvaluatedRule, { principal }: Call): string =>
  `${ruleOf(item)} looks at the caller's service account, which nothing names: ${principal ?? 'none'} is taken`

const referenceTo = ({ namespace, name, action }: AuthorizationPolicy, rule?: number): PolicyReference => ({
  kind: 'AuthorizationPolicy',
  namespace,
  name,
  action,
  ...(rule === undefined ? {} : { rule }),
})
