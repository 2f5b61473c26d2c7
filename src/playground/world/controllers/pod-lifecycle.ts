import type { Fields } from '../../../domain/istio/fields/read-fields.ts'
import { fieldsOf, listOf, textOf } from '../../../domain/istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { collections } from '../collections.ts'
import { randomHex, timestamp } from '../context.ts'
import type { ControllerContext } from './controller-context.ts'
import { makeCondition, recordEvent, writeStatus } from './controller-context.ts'
import { injectSidecar } from './pod-template.ts'

type Stage = 'waiting' | 'running' | 'ready' | 'completed'

/** How long a simulated container takes to start, to become ready, and a job's to finish; in milliseconds. */
const startTime = 700
const readyTime = 900
const runTime = 2000

const nodeAddress = '172.18.0.2'

/** The scheduler and the kubelet: a pod gets a node and an address, starts, becomes ready, or completes. */
export class PodLifecycle {
  readonly #context: ControllerContext
  readonly #addresses = new Set<string>()
  #lastAddress = 1

  constructor(context: ControllerContext) {
    this.#context = context
    for (const pod of context.store.list(collections.pods)) this.#addresses.add(addressOf(pod) ?? '')
  }

  /** Brings a pod one stage further. */
  advance(namespace: string | undefined, name: string): void {
    const pod = this.#context.store.get(collections.pods, namespace, name)
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return
    const stage = stageOf(pod)
    if (stage === undefined) this.#schedule(pod)
    else if (stage === 'waiting') this.#later(pod, startTime, () => this.#enter(namespace, name, 'running'))
    else if (stage === 'running')
      this.#later(pod, isBatch(pod) ? runTime : readyTime, () =>
        this.#enter(namespace, name, isBatch(pod) ? 'completed' : 'ready'),
      )
  }

  release(pod: KubernetesObject): void {
    this.#addresses.delete(addressOf(pod) ?? '')
  }

  #later(pod: KubernetesObject, milliseconds: number, work: () => void): void {
    const { queue, isStarting } = this.#context
    const key = `pod-stage ${pod.metadata.uid ?? ''} ${stageOf(pod) ?? ''}`
    if (isStarting()) queue.add(key, work)
    else queue.addAfter(milliseconds, key, work)
  }

  #schedule(pod: KubernetesObject): void {
    const { store } = this.#context
    const { namespace, name } = pod.metadata
    const node = store.list(collections.nodes)[0]?.metadata.name
    if (node === undefined) {
      recordEvent(this.#context, pod, {
        type: 'Warning',
        reason: 'FailedScheduling',
        message: '0/0 nodes are available',
        component: 'default-scheduler',
      })
      return
    }
    const injected = injectSidecar(store, pod)
    const bound = { ...injected, spec: { ...fieldsOf(injected.spec), nodeName: node } }
    store.update(collections.pods, {
      ...bound,
      status: this.#status(bound, 'waiting', this.#nextAddress()),
    })
    this.#say(
      pod,
      'Scheduled',
      `Successfully assigned ${namespace ?? ''}/${name} to ${node}`,
      'default-scheduler',
    )
  }

  #enter(namespace: string | undefined, name: string, stage: Stage): void {
    const pod = this.#context.store.get(collections.pods, namespace, name)
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return
    // Several events of one stage may each have started a timer; the first one counts.
    if (stageOf(pod) !== (stage === 'running' ? 'waiting' : 'running')) return
    if (stage === 'running')
      for (const container of allContainers(pod)) {
        const text = textOf(container['name']) ?? ''
        this.#say(
          pod,
          'Pulled',
          `Container image "${textOf(container['image']) ?? ''}" already present on machine`,
        )
        this.#say(pod, 'Created', `Container created: ${text}`)
        this.#say(pod, 'Started', `Container started: ${text}`)
      }
    writeStatus(this.#context, collections.pods, pod, this.#status(pod, stage, addressOf(pod) ?? ''))
  }

  #say(pod: KubernetesObject, reason: string, message: string, component = 'kubelet'): void {
    // The first pods were there before anyone looked; their events would only fill the store.
    if (!this.#context.isStarting()) recordEvent(this.#context, pod, { reason, message, component })
  }

  #nextAddress(): string {
    for (;;) {
      this.#lastAddress = (this.#lastAddress + 1) % 0xfffe
      const host = this.#lastAddress
      const address = `10.244.${String(host >> 8)}.${String(host & 0xff)}`
      if ((host & 0xff) < 4 || (host & 0xff) === 255 || this.#addresses.has(address)) continue
      this.#addresses.add(address)
      return address
    }
  }

  #status(pod: KubernetesObject, stage: Stage, address: string): Fields {
    const { now } = this.#context
    const before = fieldsOf(pod.status)
    const conditions = listOf(before['conditions']).map(fieldsOf)
    const isReady = stage === 'ready'
    const isStarted = stage !== 'waiting'
    const notReady = { reason: 'ContainersNotReady', message: 'containers are not ready yet' }
    const condition = (type: string, isTrue: boolean, why: { reason: string; message: string }): Fields => {
      const made = makeCondition(
        this.#context,
        conditions,
        isTrue ? { type, status: 'True' } : { type, status: 'False', ...why },
      )
      return Object.fromEntries(Object.entries(made).filter(([key]) => key !== 'lastUpdateTime'))
    }
    const phase = stage === 'completed' ? 'Succeeded' : isStarted ? 'Running' : 'Pending'
    const spec = fieldsOf(pod.spec)
    const startedAt = timestamp(now())
    const containerStatus = (isInit: boolean) => (container: Fields) =>
      this.#containerStatus(container, before, stage, isInit, startedAt)
    const done = { reason: 'PodCompleted', message: '' }
    return {
      phase,
      qosClass: 'Burstable',
      conditions: [
        condition('PodReadyToStartContainers', isStarted, notReady),
        condition('Initialized', isStarted, notReady),
        condition('Ready', isReady, stage === 'completed' ? done : notReady),
        condition('ContainersReady', isReady, stage === 'completed' ? done : notReady),
        condition('PodScheduled', true, notReady),
      ],
      hostIP: nodeAddress,
      hostIPs: [{ ip: nodeAddress }],
      podIP: address,
      podIPs: [{ ip: address }],
      startTime: before['startTime'] ?? startedAt,
      ...(listOf(spec['initContainers']).length === 0
        ? {}
        : {
            initContainerStatuses: listOf(spec['initContainers']).map(fieldsOf).map(containerStatus(true)),
          }),
      containerStatuses: listOf(spec['containers']).map(fieldsOf).map(containerStatus(false)),
    }
  }

  #containerStatus(
    container: Fields,
    before: Fields,
    stage: Stage,
    isInit: boolean,
    startedAt: string,
  ): Fields {
    const name = textOf(container['name']) ?? ''
    const image = textOf(container['image']) ?? ''
    const known = [...listOf(before['containerStatuses']), ...listOf(before['initContainerStatuses'])]
      .map(fieldsOf)
      .find(status => status['name'] === name)
    const containerID = textOf(known?.['containerID']) ?? `simulated://${randomHex(this.#context.random, 64)}`
    const running = fieldsOf(known?.['state'])['running'] ?? { startedAt }
    const isOnce = isInit && container['restartPolicy'] !== 'Always'
    const isOver = stage === 'completed' || (isOnce && stage !== 'waiting')
    const terminated = {
      containerID,
      exitCode: 0,
      reason: 'Completed',
      startedAt: fieldsOf(running)['startedAt'],
      finishedAt: fieldsOf(fieldsOf(fieldsOf(known?.['state'])['terminated']))['finishedAt'] ?? startedAt,
    }
    return {
      name,
      image,
      imageID: `${image}@simulated`,
      ...(stage === 'waiting' ? {} : { containerID }),
      ready: isOnce ? stage !== 'waiting' : stage === 'ready',
      restartCount: 0,
      started: stage !== 'waiting' && !isOver,
      lastState: {},
      state:
        stage === 'waiting'
          ? { waiting: { reason: 'PodInitializing' } }
          : isOver
            ? { terminated }
            : { running },
    }
  }
}

const addressOf = (pod: KubernetesObject): string | undefined => textOf(fieldsOf(pod.status)['podIP'])

const allContainers = (pod: KubernetesObject): readonly Fields[] => {
  const spec = fieldsOf(pod.spec)
  return [...listOf(spec['initContainers']), ...listOf(spec['containers'])].map(fieldsOf)
}

const isBatch = (pod: KubernetesObject): boolean => {
  const policy = fieldsOf(pod.spec)['restartPolicy']
  return policy === 'Never' || policy === 'OnFailure'
}

export const isPodReady = (pod: KubernetesObject): boolean =>
  listOf(fieldsOf(pod.status)['conditions'])
    .map(fieldsOf)
    .some(condition => condition['type'] === 'Ready' && condition['status'] === 'True')

/** Where a pod is; undefined before it has a node. */
function stageOf(pod: KubernetesObject): Stage | undefined {
  if (textOf(fieldsOf(pod.spec)['nodeName']) === undefined) return undefined
  const phase = fieldsOf(pod.status)['phase']
  if (phase === 'Succeeded' || phase === 'Failed') return 'completed'
  if (phase !== 'Running') return 'waiting'
  return isPodReady(pod) ? 'ready' : 'running'
}
