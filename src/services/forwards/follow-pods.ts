import {
  describeWaiting,
  forwardType,
  selectorText,
  type ForwardTarget,
} from '../../domain/forwards/forward-target.ts'
import type { Problem } from '../../domain/problem.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'
import { reflect, type ReflectorListener } from '../resources/reflector.ts'
import { listPath } from '../resources/shared-list.ts'

/** What is known of a target: itself and the pods that it leads to. */
export interface TargetView {
  /** False until the lists were read. */
  readonly isKnown: boolean
  /** Undefined where it does not exist; of a Pod the pod itself. */
  readonly object: KubernetesObject | undefined
  readonly pods: readonly KubernetesObject[]
  /** Why they cannot be followed. */
  readonly problem: Problem | undefined
  /** Why there is no pod to go to, in words. */
  readonly waiting: string
}

/** Follows a target and its pods until the signal aborts; `onChange` is called after each change. */
export function followPods(
  client: KubernetesClient,
  target: ForwardTarget,
  signal: AbortSignal,
  onChange: (view: TargetView) => void,
): void {
  let object: KubernetesObject | undefined
  let pods = new Map<string, KubernetesObject>()
  let isObjectKnown = false
  let arePodsKnown = false
  let selector: string | undefined
  let following: AbortController | undefined
  let problem: Problem | undefined

  const tell = (): void => {
    if (signal.aborted) return
    const list = [...pods.values()]
    onChange({
      isKnown: isObjectKnown && (arePodsKnown || selector === undefined),
      object,
      pods: list,
      problem,
      waiting:
        object !== undefined && selector === undefined
          ? `${target.kind} ${target.name} selects no pods`
          : describeWaiting(target, object, list),
    })
  }
  const troubles = {
    fail(found: Problem) {
      problem = found
      tell()
    },
    open() {
      if (problem === undefined) return
      problem = undefined
      tell()
    },
  }

  function followSelected(next: string | undefined): void {
    if (next === selector) return
    selector = next
    following?.abort()
    pods = new Map()
    arePodsKnown = false
    if (next === undefined) return
    following = new AbortController()
    const path = `${listPath(forwardType('Pod'), target.namespace)}?${next}`
    void reflect({
      client,
      path,
      signal: AbortSignal.any([signal, following.signal]),
      listener: {
        ...troubles,
        replace(items) {
          pods = new Map(items.map(pod => [pod.metadata.name, pod]))
          arePodsKnown = true
          tell()
        },
        put(pod) {
          pods.set(pod.metadata.name, pod)
          tell()
        },
        remove({ metadata }) {
          pods.delete(metadata.name)
          tell()
        },
      },
    })
  }

  function takeObject(found: KubernetesObject | undefined): void {
    object = found
    isObjectKnown = true
    const text = found === undefined ? undefined : selectorText(found)
    followSelected(text === undefined ? undefined : `labelSelector=${encodeURIComponent(text)}`)
    tell()
  }

  const byName = `fieldSelector=${encodeURIComponent(`metadata.name=${target.name}`)}`
  if (target.kind === 'Pod') {
    isObjectKnown = true
    followSelected(byName)
    return
  }
  const listener: ReflectorListener = {
    ...troubles,
    replace: items => takeObject(items[0]),
    put: takeObject,
    remove: () => takeObject(undefined),
  }
  void reflect({
    client,
    path: `${listPath(forwardType(target.kind), target.namespace)}?${byName}`,
    signal,
    listener,
  })
}
