import type { Fields } from '../../../domain/istio/fields/read-fields.ts'
import { fieldsOf, listOf, textOf } from '../../../domain/istio/fields/read-fields.ts'
import type { IstioProxyMode } from '../../../domain/setup/injection/pod-proxy.ts'
import { istioProxyOf } from '../../../domain/setup/injection/pod-proxy.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { StoreEvent } from '../../store.ts'
import { collectionKey, collections } from '../collections.ts'
import type { WorldContext } from '../context.ts'
import { LogBuffer } from '../telemetry/log-buffer.ts'
import { ProxyMetrics } from '../telemetry/proxy-metrics.ts'
import type { Behaviour } from './behaviour.ts'
import { readBehaviour } from './behaviour.ts'

/** A running pod: who it is in the mesh, and what it has left behind in metrics and logs. */
export interface Instance {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly ip: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly serviceAccount: string
  readonly workload: string
  readonly app: string
  readonly version: string
  readonly canonicalService: string
  readonly canonicalRevision: string
  /** What Istio's proxy in it is there for; absent where it has none. */
  readonly proxyMode?: IstioProxyMode
  readonly behaviour: Behaviour
  readonly appContainer: string
  readonly stack: string
  /** What its containers listen on, without the proxy's own ports. */
  readonly ports: readonly number[]
  readonly metrics: ProxyMetrics
  readonly logs: ReadonlyMap<string, LogBuffer>
  /** When the requests that it answers now will be answered. */
  busyUntil: number[]
}

/** The running pods, kept from the store's events. */
export class Instances {
  readonly #byUid = new Map<string, Instance>()
  readonly #byName = new Map<string, Instance>()
  readonly #now: () => number
  #turn = 0

  constructor({ store, now }: WorldContext) {
    this.#now = now
    for (const pod of store.list(collections.pods)) this.#start(pod)
  }

  hear({ kind, collection, object }: StoreEvent): void {
    if (collectionKey(collection) !== podKey) return
    if (kind === 'deleted') this.#end(object)
    else this.#start(object)
  }

  all(): Iterable<Instance> {
    return this.#byUid.values()
  }

  of(pod: KubernetesObject): Instance | undefined {
    return this.#byUid.get(pod.metadata.uid ?? '')
  }

  named(namespace: string, name: string): Instance | undefined {
    return this.#byName.get(`${namespace}/${name}`)
  }

  /** A pod that runs a waypoint and is ready, one of them each time. */
  waypoint(namespace: string, name: string): Instance | undefined {
    return this.#any(
      instance =>
        instance.proxyMode === 'waypoint' &&
        instance.namespace === namespace &&
        instance.labels['gateway.networking.k8s.io/gateway-name'] === name,
    )
  }

  /** The ztunnel of the only node. */
  ztunnel(): Instance | undefined {
    return this.#any(({ proxyMode }) => proxyMode === 'ztunnel')
  }

  #any(isMeant: (instance: Instance) => boolean): Instance | undefined {
    const found = [...this.#byUid.values()].filter(isMeant)
    this.#turn += 1
    return found[this.#turn % found.length]
  }

  closeAll(): void {
    for (const instance of this.#byUid.values()) for (const log of instance.logs.values()) log.close()
  }

  #start(pod: KubernetesObject): void {
    const uid = pod.metadata.uid ?? ''
    const { phase } = fieldsOf(pod.status)
    if (phase !== 'Running' && phase !== 'Succeeded') return
    const known = this.#byUid.get(uid)
    const instance = known === undefined ? readInstance(pod) : withLabels(known, pod)
    this.#byUid.set(uid, instance)
    this.#byName.set(`${instance.namespace}/${instance.name}`, instance)
    if (known !== undefined) return
    const at = this.#now()
    if (instance.proxyMode !== undefined) {
      const log = instance.logs.get('istio-proxy')
      const time = new Date(at).toISOString().replace('Z', '000Z')
      if (instance.proxyMode === 'ztunnel') log?.add(at, `${time}\tinfo\tztunnel is ready`)
      else {
        log?.add(at, `${time}\tinfo\tFLAG: --proxyLogLevel="warning"`)
        log?.add(at, `${time}\tinfo\tEnvoy proxy is ready`)
      }
    }
    instance.logs.get(instance.appContainer)?.add(at, `${instance.app} ${instance.version} is listening`)
  }

  #end(pod: KubernetesObject): void {
    const instance = this.of(pod)
    if (instance === undefined) return
    for (const log of instance.logs.values()) log.close()
    this.#byUid.delete(instance.uid)
    const key = `${instance.namespace}/${instance.name}`
    if (this.#byName.get(key) === instance) this.#byName.delete(key)
  }
}

/** The first part of a proxy's id. Source: `NodeType` in istio's pkg/model/proxy.go. */
export const nodeType = ({ proxyMode }: Instance): string =>
  proxyMode === 'gateway' ? 'router' : (proxyMode ?? 'sidecar')

const podKey = collectionKey(collections.pods)
const proxyPorts = new Set([15000, 15001, 15006, 15020, 15021, 15090])

function readInstance(pod: KubernetesObject): Instance {
  const spec = fieldsOf(pod.spec)
  const labels = pod.metadata.labels ?? {}
  const containers = listOf(spec['containers']).map(fieldsOf)
  const all = [...listOf(spec['initContainers']).map(fieldsOf), ...containers]
  const proxyMode = istioProxyOf(pod)
  const application = containers.find(container => container['name'] !== 'istio-proxy')
  return {
    ...describeLabels(pod),
    ...(proxyMode === undefined ? {} : { proxyMode }),
    uid: pod.metadata.uid ?? '',
    namespace: pod.metadata.namespace ?? 'default',
    name: pod.metadata.name,
    ip: textOf(fieldsOf(pod.status)['podIP']) ?? '',
    annotations: pod.metadata.annotations ?? {},
    serviceAccount: textOf(spec['serviceAccountName']) ?? 'default',
    workload: workloadOf(pod),
    behaviour: readBehaviour(pod.metadata.annotations),
    appContainer: textOf(application?.['name']) ?? 'istio-proxy',
    stack: labels['app.kubernetes.io/component'] ?? '',
    ports: containers.flatMap(portsOf).filter(port => !proxyPorts.has(port)),
    metrics: new ProxyMetrics(),
    logs: new Map(all.map(container => [textOf(container['name']) ?? '', new LogBuffer()])),
    busyUntil: [],
  }
}

/** Who a pod says that it is, which `kubectl label` changes while it runs. */
function describeLabels(
  pod: KubernetesObject,
): Pick<Instance, 'labels' | 'app' | 'version' | 'canonicalService' | 'canonicalRevision'> {
  const labels = pod.metadata.labels ?? {}
  const app = labels['app'] ?? pod.metadata.name
  return {
    labels,
    app,
    version: labels['version'] ?? 'latest',
    canonicalService: labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? app,
    canonicalRevision:
      labels['service.istio.io/canonical-revision'] ??
      labels['app.kubernetes.io/version'] ??
      labels['version'] ??
      'latest',
  }
}

/** The same running pod under its new labels: its counters and logs go on. */
const withLabels = (instance: Instance, pod: KubernetesObject): Instance => ({
  ...instance,
  ...describeLabels(pod),
})

const portsOf = (container: Fields): readonly number[] =>
  listOf(container['ports']).flatMap(port => {
    const number = fieldsOf(port)['containerPort']
    return typeof number === 'number' ? [number] : []
  })

/** The Deployment behind a ReplicaSet is named without the hash of its template. */
function workloadOf({ metadata }: KubernetesObject): string {
  const owner = metadata.ownerReferences?.find(reference => reference.controller)
  if (owner === undefined) return metadata.name
  const hash = metadata.labels?.['pod-template-hash']
  return owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`)
    ? owner.name.slice(0, -hash.length - 1)
    : owner.name
}
