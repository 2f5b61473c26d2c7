import type { ServedResource } from '../objects/served-resource.ts'

/** Kinds that are kept and shown, and that the simulated traffic does not obey; by group and kind. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  'networking.k8s.io/NetworkPolicy': 'network policies are not enforced',
  'networking.istio.io/EnvoyFilter': 'no Envoy runs that it could change',
  'networking.istio.io/ProxyConfig': 'proxies have no threads, variables or images to configure',
  'extensions.istio.io/WasmPlugin': 'no Envoy runs that could load it',
  'extensions.istio.io/TrafficExtension': 'no Envoy runs that it could change',
  'gateway.networking.k8s.io/UDPRoute': 'Istio does not read UDPRoutes',
  'autoscaling/HorizontalPodAutoscaler': 'nothing is scaled by load',
  'policy/PodDisruptionBudget': 'pods are never evicted',
}

/** What the API server says of an object that changes nothing here, so that nobody waits for it to. */
export function effectWarnings({ group, kind }: Pick<ServedResource, 'group' | 'kind'>): readonly string[] {
  const reason = WITHOUT_EFFECT[`${group}/${kind}`]
  return reason === undefined
    ? []
    : [`The playground stores this ${kind}, but its traffic does not follow it: ${reason}`]
}
