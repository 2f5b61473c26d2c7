import { INGRESS_NODE_PORTS, readClusterName } from '../../../domain/setup/clusters/kind-config.ts'
import {
  LOCAL_MESH_PROFILES,
  type HostPorts,
  type LocalMeshInput,
  type LocalMeshTarget,
} from '../../../domain/setup/local-mesh/local-mesh-input.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { Json } from '../../tasks/task.ts'

type Parts = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Parts =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536

const refuse = (what: string): ProblemError =>
  new ProblemError({ code: 'bad-input', message: `The set-up does not say ${what}` })

/** What came from the window or the disk, read with care. */
export function readLocalMeshInput(json: Json): LocalMeshInput {
  const input = isRecord(json) ? json : {}
  const { mesh, gatewayApi, gatewayApiFile, readyWithin } = input
  const profile = LOCAL_MESH_PROFILES.find(each => each === input['profile'])
  if (mesh !== 'istio' && mesh !== 'linkerd') throw refuse('which mesh to install')
  if (!profile) throw refuse('which profile of the mesh to take')
  // It becomes part of an address and of a file's name.
  if (!isText(gatewayApi) || !/^\d+\.\d+\.\d+$/.test(gatewayApi)) throw refuse('which Gateway API to take')
  if (typeof readyWithin !== 'number' || !(readyWithin > 0)) throw refuse('how long to wait for pods')
  return {
    target: readTarget(isRecord(input['target']) ? input['target'] : {}),
    mesh,
    profile,
    gatewayApi,
    readyWithin,
    ...(isText(gatewayApiFile) ? { gatewayApiFile } : {}),
  }
}

function readTarget({ kind, name, config, ports, context }: Parts): LocalMeshTarget {
  if (kind === 'existing') {
    if (!isText(context)) throw refuse('which context to use')
    return { kind, context }
  }
  if ((kind !== 'kind' && kind !== 'minikube') || !isText(name) || !isText(config) || !isRecord(ports))
    throw refuse('where the mesh shall be')
  return { kind, name: readClusterName(name), config, ports: readPorts(ports) }
}

function readPorts({ http, https }: Parts): HostPorts {
  if (!isPort(http) || !isPort(https)) throw refuse('which ports to use')
  return { http, https }
}

/**
 * The options of istioctl: the profile, an ingress, and traces to our Jaeger. On a cluster of ours the ingress is at the
 * node's ports that the host's lead to; elsewhere it asks for a load balancer, as Istio does by itself.
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
