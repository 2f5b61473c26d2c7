import { INGRESS_NODE_PORTS } from './kind-config.ts'
import type { LocalCluster, LocalProviderName, PortMapping } from './local-cluster.ts'

/** The addresses at which a gateway of the cluster answers on this machine, where host ports are mapped to it. */
export const ingressUrls = (ports: readonly PortMapping[]): readonly string[] =>
  ports.flatMap(({ host, node }) => {
    if (node === INGRESS_NODE_PORTS.http || node === 80)
      return [`http://localhost${host === 80 ? '' : `:${host}`}/`]
    if (node === INGRESS_NODE_PORTS.https || node === 443)
      return [`https://localhost${host === 443 ? '' : `:${host}`}/`]
    return []
  })

/** How a gateway is reached from this machine, a sentence each. */
export function describeIngress(
  provider: LocalProviderName,
  ports: readonly PortMapping[],
  driver = 'docker',
): readonly string[] {
  const isContainer = driver === 'docker' || driver === 'podman'
  const mapped =
    provider === 'kind' || isContainer ? describePorts(ports) : describeUnmappedPorts(ports, driver)
  return [...mapped, describeLoadBalancer(provider)]
}

const listOf = (numbers: readonly number[]): string => numbers.join(' and ')

function describePorts(ports: readonly PortMapping[]): readonly string[] {
  if (ports.length === 0) return []
  const [host, node] = [listOf(ports.map(port => port.host)), listOf(ports.map(port => port.node))]
  const isOne = ports.length === 1
  return [
    `${isOne ? 'Port' : 'Ports'} ${host} of this machine (127.0.0.1 only) ${isOne ? 'leads' : 'lead'} to ${isOne ? 'port' : 'ports'} ${node} of the first node, on which Setup puts the gateway.`,
  ]
}

const describeUnmappedPorts = (ports: readonly PortMapping[], driver: string): readonly string[] =>
  ports.length === 0 ? [] : [`The driver ${driver} maps no ports: use the tunnel instead.`]

/** What the load balancer of a provider is and needs. */
export function describeLoadBalancer(provider: LocalProviderName): string {
  if (provider === 'kind')
    return 'Services of type LoadBalancer get an address from cloud-provider-kind: a program that runs beside the clusters. It needs the container engine and, for ports below 1024 and on macOS and Windows, rights to open them.'
  return 'Services of type LoadBalancer get an address from minikube tunnel, which runs as long as it is needed. It changes routes of this machine and asks sudo for that on most systems; without a terminal it says so and ends.'
}

/** The command that somebody can run in a terminal instead. */
export const loadBalancerCommand = (
  program: string,
  { provider, name }: Pick<LocalCluster, 'provider' | 'name'>,
): string => (provider === 'kind' ? `sudo ${program}` : `${program} tunnel --profile=${name}`)
