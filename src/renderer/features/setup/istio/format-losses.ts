import type { PlannedLoss } from '../../../../domain/setup/istio/planned-losses.ts'
import type { Problem } from '../../../../domain/problem.ts'

/** How many users are named before the rest is counted. */
const NAMED_USERS = 3

const listUsers = (users: readonly string[]): string => {
  const named = users.slice(0, NAMED_USERS).join(', ')
  return users.length > NAMED_USERS ? `${named} and ${String(users.length - NAMED_USERS)} more` : named
}
const countPods = (users: readonly string[]): string =>
  users.length === 1 ? '1 pod' : `${String(users.length)} pods`

/** What a deletion of something in use means, as the dialog shows it before anything else. */
export function formatLoss({ code, object, users }: PlannedLoss): Pick<Problem, 'message' | 'hint'> {
  const what = `${object.kind} ${object.namespace ?? ''}/${object.name} is in use and would be deleted`
  switch (code) {
    case 'ztunnel-carries-pods':
      return {
        message: what,
        hint: `It carries ${countPods(users)} in ambient mode (${listUsers(users)}): they lose mutual TLS and every policy.`,
      }
    case 'cni-agent-sets-up-pods':
      return {
        message: what,
        hint: `It redirects the traffic of ${countPods(users)} (${listUsers(users)}): new pods like these won't join the mesh.`,
      }
    case 'gateway-serves-routes':
      return {
        message: what,
        hint: `${users.length === 1 ? '1 Gateway uses' : `${String(users.length)} Gateways use`} it (${listUsers(users)}): requests from outside no longer get in.`,
      }
    case 'control-plane-has-proxies':
      return {
        message: what,
        hint: `It configures the proxies of ${countPods(users)} (${listUsers(users)}): they get no new configuration, and their certificates expire within a day.`,
      }
  }
}
