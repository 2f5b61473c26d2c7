import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readItems } from '../../clusters/list-items.ts'

/** The Service of Istio's ingress gateway, and what the cluster offers to reach it. */
export interface Ingress {
  readonly namespace: string
  readonly name: string
  /** An address that the cluster gave it; absent where there is none (yet). */
  readonly url?: string
}

interface Service {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec?: {
    readonly type?: string
    readonly ports?: readonly { readonly port: number; readonly nodePort?: number }[]
  }
  readonly status?: {
    readonly loadBalancer?: {
      readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[]
    }
  }
}
interface Node {
  readonly status?: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] }
}

/** Finds the ingress gateway that our Gateway object selects; undefined where the mesh has none. */
export async function findIngress(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<Ingress | undefined> {
  const query = { labelSelector: 'istio=ingressgateway' }
  const services = await readItems<Service>(client, { path: '/api/v1/services', query }, signal)
  const service = services.find(({ spec }) => spec?.ports?.some(({ port }) => port === 80))
  if (!service) return undefined
  const { name, namespace } = service.metadata
  const url = readLoadBalancer(service) ?? (await readNodePort(client, service, signal))
  return { name, namespace, ...(url === undefined ? {} : { url }) }
}

function readLoadBalancer({ status }: Service): string | undefined {
  const { ip, hostname } = status?.loadBalancer?.ingress?.[0] ?? {}
  if (hostname !== undefined) return `http://${hostname}/`
  if (ip === undefined) return undefined
  return `http://${ip.includes(':') ? `[${ip}]` : ip}/`
}

/** A node port is worth something only where a node has an address outside of the cluster. */
async function readNodePort(
  client: KubernetesClient,
  { spec }: Service,
  signal: AbortSignal,
): Promise<string | undefined> {
  const nodePort = spec?.ports?.find(({ port }) => port === 80)?.nodePort
  if (spec?.type !== 'NodePort' || nodePort === undefined) return undefined
  const items = await readItems<Node>(client, { path: '/api/v1/nodes' }, signal)
  const addresses = items.flatMap(({ status }) => status?.addresses ?? [])
  const outside = addresses.find(({ type }) => type === 'ExternalIP')
  return outside === undefined ? undefined : `http://${outside.address}:${nodePort}/`
}
