import { fieldsOf, numberOf } from '../../../domain/istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { collections } from '../collections.ts'
import { randomSuffix, timestamp } from '../context.ts'
import type { ControllerContext } from './controller-context.ts'
import { makeCondition, writeStatus } from './controller-context.ts'
import { isPodReady } from './pod-lifecycle.ts'
import { buildPod } from './pod-template.ts'
import { activePods } from './replica-set.ts'

/** Pods with ordinal numbers, the next one when the one before is ready. */
export function reconcileStatefulSet(
  context: ControllerContext,
  namespace: string | undefined,
  name: string,
): void {
  const { store, owned } = context
  const set = store.get(collections.statefulSets, namespace, name)
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return
  const wanted = numberOf(fieldsOf(set.spec)['replicas']) ?? 1
  const podOf = (ordinal: number): KubernetesObject | undefined =>
    store.get(collections.pods, namespace, `${name}-${String(ordinal)}`)
  for (let ordinal = 0; ordinal < wanted; ordinal += 1) {
    const pod = podOf(ordinal)
    if (pod !== undefined && isPodReady(pod)) continue
    if (pod === undefined) {
      const podName = `${name}-${String(ordinal)}`
      const labels = {
        'statefulset.kubernetes.io/pod-name': podName,
        'apps.kubernetes.io/pod-index': String(ordinal),
      }
      store.create(collections.pods, buildPod(context, set, podName, labels))
    }
    break
  }
  for (const pod of owned.list(collections.pods, set.metadata.uid))
    if (Number(pod.metadata.name.slice(name.length + 1)) >= wanted)
      store.remove(collections.pods, namespace, pod.metadata.name)
  const pods = owned.list(collections.pods, set.metadata.uid)
  const ready = pods.filter(isPodReady).length
  writeStatus(context, collections.statefulSets, set, {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    currentReplicas: pods.length,
    updatedReplicas: pods.length,
    readyReplicas: ready,
    availableReplicas: ready,
  })
}

/** One pod on each node. */
export function reconcileDaemonSet(
  context: ControllerContext,
  namespace: string | undefined,
  name: string,
): void {
  const { store, owned, random } = context
  const set = store.get(collections.daemonSets, namespace, name)
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return
  const wanted = store.list(collections.nodes).length
  const count = activePods(owned.list(collections.pods, set.metadata.uid)).length
  for (let index = count; index < wanted; index += 1)
    store.create(collections.pods, buildPod(context, set, `${name}-${randomSuffix(random)}`))
  const pods = activePods(owned.list(collections.pods, set.metadata.uid))
  const ready = pods.filter(isPodReady).length
  writeStatus(context, collections.daemonSets, set, {
    observedGeneration: set.metadata.generation ?? 1,
    currentNumberScheduled: pods.length,
    desiredNumberScheduled: wanted,
    numberMisscheduled: 0,
    numberReady: ready,
    numberAvailable: ready,
    updatedNumberScheduled: pods.length,
  })
}

/** Pods that run to their end, until as many have succeeded as the Job asks for. */
export function reconcileJob(context: ControllerContext, namespace: string | undefined, name: string): void {
  const { store, owned, random, now } = context
  const job = store.get(collections.jobs, namespace, name)
  if (job === undefined || job.metadata.deletionTimestamp !== undefined) return
  const spec = fieldsOf(job.spec)
  const completions = numberOf(spec['completions']) ?? 1
  const own = (): readonly KubernetesObject[] => owned.list(collections.pods, job.metadata.uid)
  const succeeded = own().filter(pod => fieldsOf(pod.status)['phase'] === 'Succeeded').length
  const parallel = Math.min(numberOf(spec['parallelism']) ?? 1, completions - succeeded)
  const labels = { 'job-name': name, 'batch.kubernetes.io/job-name': name }
  if (spec['suspend'] !== true)
    for (let count = activePods(own()).length; count < parallel; count += 1)
      store.create(collections.pods, buildPod(context, job, `${name}-${randomSuffix(random)}`, labels))
  const before = fieldsOf(job.status)
  const isComplete = succeeded >= completions
  const active = activePods(own())
  writeStatus(context, collections.jobs, job, {
    startTime: before['startTime'] ?? timestamp(now()),
    ...(active.length === 0 ? {} : { active: active.length, ready: active.filter(isPodReady).length }),
    ...(succeeded === 0 ? {} : { succeeded }),
    ...(isComplete
      ? {
          completionTime: before['completionTime'] ?? timestamp(now()),
          conditions: [makeCondition(context, conditionsOf(before), { type: 'Complete', status: 'True' })],
        }
      : {}),
  })
}

const conditionsOf = (
  status: Readonly<Record<string, unknown>>,
): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(status['conditions']) ? status['conditions'].map(fieldsOf) : []
