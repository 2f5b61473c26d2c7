import type { Duplex } from 'node:stream'
import type { KubernetesObject } from '../domain/kubernetes/kubernetes-object.ts'

export interface LogOptions {
  readonly container: string
  readonly isFollowed: boolean
  readonly tailLines?: number
  readonly sinceSeconds?: number
  readonly hasTimestamps: boolean
}

/** What runs in the pods, as a kubelet would reach it. */
export interface Workloads {
  /** Lines without line ends, oldest first; goes on while followed until the signal aborts or the pod is gone. */
  readLog(pod: KubernetesObject, options: LogOptions, signal: AbortSignal): AsyncIterable<string>
  /** One connection to a pod's port, as TCP would give; undefined where nothing listens. */
  connect(pod: KubernetesObject, port: number): Duplex | undefined
}
