import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import { findConsoles } from '../../domain/forwards/mesh-consoles.ts'
import { isForwardKind, type ForwardTarget } from '../../domain/forwards/forward-target.ts'
import { toProblem, type Problem } from '../../domain/problem.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { Api } from '../../shared/contract.ts'
import type { Forward, ForwardPlan } from '../../shared/contract/forwards.ts'
import { objectsOf } from './cluster.ts'
import { context } from './contexts.ts'
import { follow } from './follow.ts'
import { notify } from './notices.ts'
import { panelTab } from './panel.ts'

/** The forwards of the chosen context, started and remembered. */
export const forwards = shallowRef<readonly Forward[]>([])
export const forwardsProblem = shallowRef<Problem>()
/** What the form in the Forwards tab is to lead to; `open` of the palette leaves the choice to the user. */
export const wantedForward = shallowRef<ForwardTarget>()
/** The mesh's own pages that the cluster has. */
export const consoles = computed(() => findConsoles(objectsOf('', 'Service')))

/** Follows the forwards of the chosen context, which also starts those that ran when the app ended. */
export function followForwards(api: Pick<Api, 'watchForwards'>): () => void {
  const chosen = watch(
    context,
    (name, _before, onCleanup) => {
      forwards.value = []
      wantedForward.value = undefined
      if (name === '') return
      const following = follow(
        signal => api.watchForwards({ context: name }, signal),
        found => {
          forwards.value = found
          forwardsProblem.value = undefined
        },
        problem => (forwardsProblem.value = problem),
      )
      onCleanup(following.stop)
    },
    { immediate: true },
  )
  return () => chosen.stop()
}

/** The target that an object is; undefined where it leads to no pods. */
export function forwardTargetOf({ kind, apiVersion, metadata }: KubernetesObject): ForwardTarget | undefined {
  const isKnown = isForwardKind(kind) && ['v1', 'apps/v1', 'batch/v1'].includes(apiVersion)
  return isKnown ? { kind, namespace: metadata.namespace ?? '', name: metadata.name } : undefined
}

/** Opens the Forwards tab with its form on a target. */
export function proposeForward(target: ForwardTarget): void {
  wantedForward.value = target
  panelTab.value = 'forwards'
}

export const addressOf = ({ localPort }: Forward): string => `http://127.0.0.1:${String(localPort)}/`

/** Starts a forward; what fails at once is said in a notice. */
export async function beginForward(
  api: Pick<Api, 'startForward'>,
  plan: Omit<ForwardPlan, 'context'>,
): Promise<Forward | undefined> {
  try {
    return await api.startForward({ context: context.value, ...plan })
  } catch (error) {
    notify({ kind: 'bad', message: 'Could not start the forward', problem: toProblem(error) })
    return undefined
  }
}

/** Calls once with each forward that becomes ready among those that are waited for. */
export function useOpening(open: (address: string) => void): (id: string) => void {
  const waited = new Set<string>()
  const look = (): void => {
    for (const forward of forwards.value)
      if (forward.state.kind === 'ready' && waited.delete(forward.id)) open(addressOf(forward))
  }
  onScopeDispose(watch(forwards, look).stop)
  return id => {
    waited.add(id)
    look()
  }
}
