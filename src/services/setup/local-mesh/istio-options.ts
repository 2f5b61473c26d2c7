import { INGRESS_NODE_PORTS } from '../../../domain/setup/clusters/kind-config.ts'
import type { LocalMeshInput } from '../../../domain/setup/local-mesh/local-mesh-input.ts'

/**
 * The options of istioctl: the profile, an ingress, and traces to our Jaeger. On a cluster that Setup made, the ingress is at
 * the node ports to which the host's ports are mapped; elsewhere it is a load balancer, as is Istio's default.
 */
export function writeIstioOptions({ profile, target }: Pick<LocalMeshInput, 'profile' | 'target'>): string {
  const isOwnCluster = target.kind !== 'existing'
  const nodePort = (number: number): object => (isOwnCluster ? { nodePort: number } : {})
  return JSON.stringify({
    apiVersion: 'install.istio.io/v1alpha1',
    kind: 'IstioOperator',
    spec: {
      profile,
      meshConfig: {
        enableTracing: true,
        extensionProviders: [
          { name: 'jaeger', opentelemetry: { service: 'jaeger.mesh-addons.svc.cluster.local', port: 4317 } },
        ],
      },
      components: {
        ingressGateways: [
          {
            name: 'istio-ingressgateway',
            enabled: true,
            k8s: {
              service: {
                type: isOwnCluster ? 'NodePort' : 'LoadBalancer',
                ports: [
                  { name: 'status-port', port: 15021, targetPort: 15021 },
                  { name: 'http2', port: 80, targetPort: 8080, ...nodePort(INGRESS_NODE_PORTS.http) },
                  { name: 'https', port: 443, targetPort: 8443, ...nodePort(INGRESS_NODE_PORTS.https) },
                ],
              },
            },
          },
        ],
      },
    },
  })
}
