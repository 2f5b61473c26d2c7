import { fieldsOf, listOf, textOf } from '../istio/fields/read-fields.ts'
import { selects } from '../istio/named-object.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'
import type { Caller } from '../routing/request.ts'
import type { SimulatedMesh } from './simulated-mesh.ts'

type Labels = Readonly<Record<string, string>>

/** Istio gives the proxies of a Gateway of the Gateway API this label: https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/#automated-deployment */
const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name'
/** The labels of the gateways that `istioctl install` and Istio's charts make. */
const USUAL_GATEWAYS: ReadonlySet<string> = new Set(['ingressgateway', 'egressgateway', 'eastwestgateway'])

/** The Gateways of both kinds that the objects have. */
export const gatewayNames = ({ objects, namespace }: SimulatedMesh): readonly string[] =>
  objects
    .filter(({ kind }) => kind === 'Gateway')
    .map(({ metadata }) => `${metadata.namespace ?? namespace}/${metadata.name}`)

/** The proxy of a Gateway, Istio's or the Gateway API's, by `namespace/name`; undefined where the objects have no such. */
export function findGateway(simulated: SimulatedMesh, reference: string): Caller | undefined {
  const slash = reference.indexOf('/')
  const namespace = slash < 0 ? simulated.namespace : reference.slice(0, slash)
  const name = reference.slice(slash + 1)
  const istio = simulated.mesh.gateways.find(item => item.namespace === namespace && item.name === name)
  if (istio !== undefined) return findProxy(simulated, istio.selector, namespace)
  const standard = simulated.objects.find(
    ({ kind, apiVersion, metadata }) =>
      kind === 'Gateway' &&
      groupOf(apiVersion) === 'gateway.networking.k8s.io' &&
      metadata.name === name &&
      (metadata.namespace ?? 'default') === namespace,
  )
  if (standard === undefined) return undefined
  const [address] = listOf(fieldsOf(standard.spec)['addresses']).map(fieldsOf)
  const service =
    address === undefined ? undefined : simulated.mesh.registry.get(textOf(address['value']) ?? '')
  if (service?.selector !== undefined)
    return { kind: 'gateway', namespace: service.namespace, labels: service.selector }
  return {
    kind: 'gateway',
    namespace,
    labels: { [GATEWAY_NAME]: name, 'istio.io/gateway-name': name },
  }
}

/**
 * Where the proxies run that an Istio Gateway selects: where the files have a pod or a Service of them, else where
 * Istio's own installation puts them, else beside the Gateway.
 */
function findProxy({ mesh }: SimulatedMesh, selector: Labels, namespace: string): Caller {
  const pod = mesh.pods.find(item => selects(selector, item.labels))
  if (pod !== undefined) return { kind: 'gateway', namespace: pod.namespace, labels: pod.labels }
  const service = mesh.services.find(
    item =>
      Object.keys(selector).length > 0 && item.selector !== undefined && selects(selector, item.selector),
  )
  if (service?.selector !== undefined)
    return { kind: 'gateway', namespace: service.namespace, labels: service.selector }
  const isUsual = USUAL_GATEWAYS.has(selector['istio'] ?? '')
  return { kind: 'gateway', namespace: isUsual ? mesh.rootNamespace : namespace, labels: selector }
}

/** Whether labels are those of a gateway's proxy rather than of a workload with a sidecar. */
export function isGatewayProxy({ mesh }: SimulatedMesh, labels: Labels): boolean {
  return (
    labels[GATEWAY_NAME] !== undefined ||
    USUAL_GATEWAYS.has(labels['istio'] ?? '') ||
    mesh.gateways.some(({ selector }) => Object.keys(selector).length > 0 && selects(selector, labels))
  )
}
