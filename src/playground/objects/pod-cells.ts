import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { ageText } from './age.ts'
import { isObject, listOf, numberOf, textOf, valueAt, type JsonObject } from './json.ts'

const isRestartable = (container: unknown): boolean => valueAt(container, 'restartPolicy') === 'Always'

const reasonOf = (state: unknown, kind: string): string => textOf(valueAt(state, 'state', kind, 'reason'))

/** Why a container ended, in kubectl's words. */
function terminatedText(terminated: JsonObject): string {
  const reason = textOf(terminated['reason'])
  if (reason !== '') return reason
  const signal = numberOf(terminated['signal'])
  return signal !== 0 ? `Signal:${String(signal)}` : `ExitCode:${String(numberOf(terminated['exitCode']))}`
}

interface InitState {
  readonly reason: string
  readonly restarts: number
  readonly ready: number
  readonly isInitializing: boolean
}

/** The first init container that has not done its work says what the pod waits for. */
function initStateOf(pod: KubernetesObject, reason: string): InitState {
  const containers = listOf(valueAt(pod.spec, 'initContainers'))
  const byName = new Map(containers.map(container => [textOf(valueAt(container, 'name')), container]))
  let restarts = 0
  let ready = 0
  for (const [index, status] of listOf(valueAt(pod.status, 'initContainerStatuses')).entries()) {
    restarts += numberOf(valueAt(status, 'restartCount'))
    const terminated = valueAt(status, 'state', 'terminated')
    if (isObject(terminated) && numberOf(terminated['exitCode']) === 0) continue
    if (isRestartable(byName.get(textOf(valueAt(status, 'name')))) && valueAt(status, 'started') === true) {
      if (valueAt(status, 'ready') === true) ready += 1
      continue
    }
    const waiting = reasonOf(status, 'waiting')
    const text = isObject(terminated)
      ? `Init:${terminatedText(terminated)}`
      : waiting !== '' && waiting !== 'PodInitializing'
        ? `Init:${waiting}`
        : `Init:${String(index)}/${String(containers.length)}`
    return { reason: text, restarts, ready, isInitializing: true }
  }
  return { reason, restarts, ready, isInitializing: false }
}

/** A pod's row. Source: printPod in pkg/printers/internalversion/printers.go of Kubernetes 1.36. */
export function podCells(pod: KubernetesObject, now: Date): Readonly<Record<string, unknown>> {
  const containers = listOf(valueAt(pod.spec, 'containers'))
  const sidecars = listOf(valueAt(pod.spec, 'initContainers')).filter(isRestartable)
  const phase = textOf(valueAt(pod.status, 'reason')) || textOf(valueAt(pod.status, 'phase'))
  const init = initStateOf(pod, phase)
  let { reason, restarts, ready } = init
  let lastRestart = ''
  const statuses = listOf(valueAt(pod.status, 'containerStatuses'))
  if (!init.isInitializing) {
    let hasRunning = false
    for (const status of statuses.toReversed()) {
      restarts += numberOf(valueAt(status, 'restartCount'))
      const finished = textOf(valueAt(status, 'lastState', 'terminated', 'finishedAt'))
      if (finished > lastRestart) lastRestart = finished
      const terminated = valueAt(status, 'state', 'terminated')
      const waiting = reasonOf(status, 'waiting')
      if (waiting !== '') reason = waiting
      else if (isObject(terminated)) reason = terminatedText(terminated)
      else if (valueAt(status, 'ready') === true && isObject(valueAt(status, 'state', 'running'))) {
        hasRunning = true
        ready += 1
      }
    }
    if (reason === 'Completed' && hasRunning) reason = isReady(pod) ? 'Running' : 'NotReady'
  }
  if (pod.metadata.deletionTimestamp !== undefined)
    reason = valueAt(pod.status, 'reason') === 'NodeLost' ? 'Unknown' : 'Terminating'
  const gates = listOf(valueAt(pod.spec, 'readinessGates'))
  return {
    Ready: `${String(ready)}/${String(containers.length + sidecars.length)}`,
    Status: reason,
    Restarts:
      restarts > 0 && lastRestart !== ''
        ? `${String(restarts)} (${ageText(lastRestart, now)} ago)`
        : String(restarts),
    IP: textOf(valueAt(pod.status, 'podIP')) || '<none>',
    Node: textOf(valueAt(pod.spec, 'nodeName')) || '<none>',
    'Nominated Node': textOf(valueAt(pod.status, 'nominatedNodeName')) || '<none>',
    'Readiness Gates':
      gates.length === 0
        ? '<none>'
        : `${String(gates.filter(gate => hasTrue(pod, textOf(valueAt(gate, 'conditionType')))).length)}/${String(gates.length)}`,
  }
}

const hasTrue = (pod: KubernetesObject, type: string): boolean =>
  listOf(valueAt(pod.status, 'conditions')).some(
    condition => valueAt(condition, 'type') === type && valueAt(condition, 'status') === 'True',
  )

const isReady = (pod: KubernetesObject): boolean => hasTrue(pod, 'Ready')
