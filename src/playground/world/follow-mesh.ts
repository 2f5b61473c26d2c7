import type { Mesh } from '../../domain/istio/mesh.ts'
import { buildMesh } from '../../domain/istio/mesh.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { telemetriesFor } from '../../domain/istio/telemetry/metric-tags.ts'
import {
  proxyTelemetryFor,
  readTelemetryDefaults,
  type ProxyTelemetry,
  type TelemetryDefaults,
} from '../../domain/istio/telemetry/proxy-telemetry.ts'
import {
  readTelemetries,
  type MetricOverride,
  type ReporterMode,
  type Telemetry,
} from '../../domain/istio/telemetry/telemetry.ts'
import type { ObjectStore } from '../store.ts'
import { collectionKey, meshCollections } from './collections.ts'
import type { Instance } from './traffic/instance.ts'

export interface FollowedMesh {
  readonly current: () => Mesh
  readonly objects: () => readonly KubernetesObject[]
  /** What Telemetry objects change in the metrics of a workload. */
  readonly overridesOf: (workload: Instance) => readonly MetricOverride[]
  /** What a proxy writes into its log and which spans it reports. */
  readonly telemetryOf: (proxy: Instance, mode: ReporterMode) => ProxyTelemetry
  readonly stop: () => void
}

interface Built {
  readonly mesh: Mesh
  readonly objects: readonly KubernetesObject[]
  readonly telemetries: readonly Telemetry[]
  readonly defaults: TelemetryDefaults
  /** By proxy and side of the call. */
  readonly ofProxies: Map<string, ProxyTelemetry>
}

/** The mesh of the store's objects, built again for the first request after one of them changed. */
export function followMesh(store: ObjectStore): FollowedMesh {
  const keys = new Set(meshCollections.map(collectionKey))
  let known: Built | undefined
  const stop = store.subscribe(({ collection }) => {
    if (keys.has(collectionKey(collection))) known = undefined
  })
  const build = (): Built => {
    const objects = meshCollections.flatMap(collection => store.list(collection))
    return {
      objects,
      mesh: buildMesh(objects),
      telemetries: readTelemetries(objects),
      defaults: readTelemetryDefaults(objects),
      ofProxies: new Map(),
    }
  }
  const telemetriesOf = ({ mesh, telemetries }: Built, workload: Instance): readonly Telemetry[] =>
    telemetries.length === 0 ? [] : telemetriesFor(telemetries, workload, mesh.rootNamespace)
  return {
    current: () => (known ??= build()).mesh,
    objects: () => (known ??= build()).objects,
    overridesOf: workload =>
      telemetriesOf((known ??= build()), workload).flatMap(({ overrides }) => overrides),
    telemetryOf: (proxy, mode) => {
      const built = (known ??= build())
      const key = `${proxy.uid} ${mode}`
      const found =
        built.ofProxies.get(key) ??
        proxyTelemetryFor(built.defaults, telemetriesOf(built, proxy), proxy.annotations, mode)
      built.ofProxies.set(key, found)
      return found
    },
    stop,
  }
}
