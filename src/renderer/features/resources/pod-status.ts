import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { readList, readNumber, readPath, readText } from './read-path.ts'

export interface PodStatus {
  readonly text: string
  readonly tone: 'good' | 'warning' | 'bad' | 'plain'
  readonly ready: number
  readonly containers: number
  readonly restarts: number
}

/** A pod's state as kubectl's STATUS column says it. Source: kubernetes/pkg/printers/internalversion, printPod. */
export function podStatus(pod: KubernetesObject): PodStatus {
  const statuses = readList(pod, 'status', 'containerStatuses')
  const sidecars = readList(pod, 'spec', 'initContainers').filter(
    container => readText(container, 'restartPolicy') === 'Always',
  )
  const names = new Set(sidecars.map(container => readText(container, 'name')))
  const inits = readList(pod, 'status', 'initContainerStatuses')
  const running = [...statuses, ...inits.filter(status => names.has(readText(status, 'name')))]
  const ready = running.filter(status => readPath(status, 'ready') === true).length
  const containers = readList(pod, 'spec', 'containers').length + sidecars.length
  const restarts = running.reduce<number>((sum, status) => sum + readNumber(status, 'restartCount'), 0)
  const text = textOf(pod, statuses, inits)
  return { text, tone: toneOf(text, ready === containers), ready, containers, restarts }
}

function textOf(pod: KubernetesObject, statuses: readonly unknown[], inits: readonly unknown[]): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating'
  for (const status of inits) {
    const reason = readText(status, 'state', 'waiting', 'reason')
    if (reason !== '' && reason !== 'PodInitializing') return `Init:${reason}`
  }
  for (const status of statuses) {
    const reason =
      readText(status, 'state', 'waiting', 'reason') || readText(status, 'state', 'terminated', 'reason')
    if (reason !== '') return reason
  }
  return readText(pod, 'status', 'reason') || readText(pod, 'status', 'phase') || 'Unknown'
}

function toneOf(text: string, isReady: boolean): PodStatus['tone'] {
  if (text === 'Running') return isReady ? 'good' : 'warning'
  if (text === 'Succeeded' || text === 'Completed') return 'plain'
  return /Pending|Creating|Initializing|Terminating/.test(text) ? 'warning' : 'bad'
}
