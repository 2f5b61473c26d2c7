import type { AmbientWorld } from '../routing/ambient/ambient-world.ts'
import { readAmbientWorld } from '../routing/ambient/ambient-world.ts'
import type { DeniedRoute } from '../gateway-api/denied-routes.ts'
import type { ClosedListener, UnattachedRoute } from '../gateway-api/unattached-routes.ts'
import { translateGatewayApi } from '../gateway-api/translate-gateway-api.ts'
import type { IgnoredIngress } from '../ingress/ignored-ingresses.ts'
import { findIgnoredIngresses } from '../ingress/ignored-ingresses.ts'
import { translateIngress } from '../ingress/translate-ingress.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'
import type { DestinationRule } from './destination-rule.ts'
import { readDestinationRule } from './destination-rule.ts'
import type { MeshEndpoints } from './endpoint-slice.ts'
import { readEndpointSlice } from './endpoint-slice.ts'
import type { Gateway } from './gateway.ts'
import { readGateway } from './gateway.ts'
import { isMeshObject } from '../kubernetes/kinds.ts'
import type { NamedObject } from './named-object.ts'
import { compareAge, nameObject } from './named-object.ts'
import type { MeshPod } from './pod.ts'
import { readPod } from './pod.ts'
import type { RequestAuthentication } from './request-authentication.ts'
import { readRequestAuthentication } from './request-authentication.ts'
import type { AuthorizationPolicy, PeerAuthentication } from './security.ts'
import { readAuthorizationPolicy, readPeerAuthentication } from './security.ts'
import type { MeshService } from './service.ts'
import { readService, readServiceEntry } from './service.ts'
import type { OutboundTrafficPolicy, Sidecar } from './sidecar.ts'
import { readSidecar } from './sidecar.ts'
import { discoveredObjects } from './settings/discovered-objects.ts'
import type { MeshOptions } from './settings/find-mesh-settings.ts'
import { findMeshSettings } from './settings/find-mesh-settings.ts'
import type { MeshSettings } from './settings/mesh-settings.ts'
import type { VirtualService } from './virtual-service.ts'
import { readVirtualService } from './virtual-service.ts'
import { TEMPLATE_KINDS, readTemplate } from './workload.ts'
import { readWorkloadEntry } from './workload-entry.ts'

export type { MeshOptions } from './settings/find-mesh-settings.ts'

/**
 * The objects that decide where requests go, decoded and indexed; immutable. Lists of Istio's objects are in
 * Istio's order of precedence: oldest first.
 */
export interface Mesh {
  readonly rootNamespace: string
  readonly trustDomain: string
  readonly clusterDomain: string
  readonly outboundTrafficPolicy: OutboundTrafficPolicy
  /** All settings of the mesh, those above too. */
  readonly settings: MeshSettings
  /** Kubernetes Services that are no aliases. */
  readonly services: readonly MeshService[]
  /** Kubernetes Services of type ExternalName: other names of other hosts. */
  readonly aliases: readonly MeshService[]
  /** The hosts of ServiceEntries. */
  readonly serviceEntries: readonly MeshService[]
  /** Services and ServiceEntry hosts by host; a Service hides an entry of the same host. */
  readonly registry: ReadonlyMap<string, MeshService>
  readonly pods: readonly MeshPod[]
  readonly podsByNamespace: ReadonlyMap<string, readonly MeshPod[]>
  /** Machines beside the cluster that services select. */
  readonly workloadEntries: readonly MeshPod[]
  readonly endpoints: readonly MeshEndpoints[]
  /** The pods that Deployments and their like would make: all that files tell of workloads. */
  readonly templates: readonly MeshPod[]
  readonly virtualServices: readonly VirtualService[]
  readonly destinationRules: readonly DestinationRule[]
  readonly gateways: readonly Gateway[]
  readonly peerAuthentications: readonly PeerAuthentication[]
  readonly authorizationPolicies: readonly AuthorizationPolicy[]
  readonly requestAuthentications: readonly RequestAuthentication[]
  readonly sidecars: readonly Sidecar[]
  readonly ambient: AmbientWorld
  /** Routes of the Gateway API at listeners that do not take them. */
  readonly deniedRoutes: readonly DeniedRoute[]
  /** Routes of the Gateway API whose parents are not there. */
  readonly unattachedRoutes: readonly UnattachedRoute[]
  /** Listeners and Gateways of the Gateway API that Istio does not serve. */
  readonly closedListeners: readonly ClosedListener[]
  /** What of the Ingresses istiod passes over. */
  readonly ignoredIngresses: readonly IgnoredIngress[]
  /** Objects that change requests in ways that only the proxy knows: EnvoyFilter, WasmPlugin, TrafficExtension. */
  readonly extensions: readonly NamedObject[]
}

/** Decodes the objects that routing and policy are made of; other kinds and odd fields are passed over. */
export function buildMesh(all: readonly KubernetesObject[], options: MeshOptions = {}): Mesh {
  const given = all.filter(isMeshObject)
  const settings = findMeshSettings(given, options)
  const objects = discoveredObjects(given, settings.discoverySelectors)
  const { clusterDomain, defaultExportTo } = settings
  const byKind = groupBy(objects, object => `${groupOf(object.apiVersion)}/${object.kind}`)
  const read = <T extends NamedObject>(kind: string, decode: (object: KubernetesObject) => T): readonly T[] =>
    (byKind.get(kind) ?? []).map(decode).sort(compareAge)

  const exported = <T extends { readonly exportTo: readonly string[] }>(
    item: T,
    otherwise: readonly string[],
  ): T => (item.exportTo.length === 0 && otherwise.length > 0 ? { ...item, exportTo: otherwise } : item)
  const allServices = read('/Service', object =>
    exported(readService(object, clusterDomain), defaultExportTo.service),
  )
  const services = allServices.filter(({ aliasFor }) => aliasFor === undefined)
  const aliases = allServices.filter(({ aliasFor }) => aliasFor !== undefined)
  const serviceEntries = (byKind.get('networking.istio.io/ServiceEntry') ?? [])
    .flatMap(readServiceEntry)
    .map(entry => exported(entry, defaultExportTo.service))
    .sort(compareEntries)
  const gatewayApi = translateGatewayApi(objects, allServices, serviceEntries, clusterDomain)
  const ingress = translateIngress(objects, services, clusterDomain, settings.ingress)
  const pods = (byKind.get('/Pod') ?? []).map(readPod)
  return {
    rootNamespace: settings.rootNamespace,
    trustDomain: settings.trustDomain,
    clusterDomain,
    outboundTrafficPolicy: settings.outboundTrafficPolicy,
    settings,
    services,
    aliases,
    serviceEntries,
    registry: buildRegistry([...allServices, ...serviceEntries]),
    pods,
    podsByNamespace: groupBy(pods, pod => pod.namespace),
    workloadEntries: read('networking.istio.io/WorkloadEntry', readWorkloadEntry),
    endpoints: (byKind.get('discovery.k8s.io/EndpointSlice') ?? []).map(readEndpointSlice),
    templates: TEMPLATE_KINDS.flatMap(kind => byKind.get(kind) ?? []).flatMap(
      object => readTemplate(object) ?? [],
    ),
    virtualServices: [
      ...read('networking.istio.io/VirtualService', object =>
        exported(readVirtualService(object, clusterDomain), defaultExportTo.virtualService),
      ),
      ...gatewayApi.virtualServices,
      ...ingress.virtualServices,
    ].sort(compareAge),
    destinationRules: read('networking.istio.io/DestinationRule', object =>
      exported(readDestinationRule(object, clusterDomain), defaultExportTo.destinationRule),
    ),
    gateways: [
      ...read('networking.istio.io/Gateway', readGateway),
      ...gatewayApi.gateways,
      ...ingress.gateways,
    ].sort(compareAge),
    peerAuthentications: read('security.istio.io/PeerAuthentication', readPeerAuthentication),
    authorizationPolicies: read('security.istio.io/AuthorizationPolicy', readAuthorizationPolicy),
    requestAuthentications: read('security.istio.io/RequestAuthentication', readRequestAuthentication),
    sidecars: read('networking.istio.io/Sidecar', readSidecar),
    ambient: readAmbientWorld(objects),
    deniedRoutes: gatewayApi.deniedRoutes,
    unattachedRoutes: gatewayApi.unattachedRoutes,
    closedListeners: gatewayApi.closedListeners,
    ignoredIngresses: findIgnoredIngresses(objects, services, clusterDomain, settings.ingress),
    extensions: [
      ...read('networking.istio.io/EnvoyFilter', nameObject),
      ...read('extensions.istio.io/WasmPlugin', nameObject),
      ...read('extensions.istio.io/TrafficExtension', nameObject),
    ],
  }
}

/** Hosts of entries that are as old come by host and namespace, as istiod names their services by the host. */
const compareEntries = (one: MeshService, other: MeshService): number =>
  compareAge({ ...one, name: one.host }, { ...other, name: other.host })

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}

function buildRegistry(services: readonly MeshService[]): ReadonlyMap<string, MeshService> {
  const registry = new Map<string, MeshService>()
  for (const service of services) if (!registry.has(service.host)) registry.set(service.host, service)
  return registry
}
