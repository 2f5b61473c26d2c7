import { isHttp, portOf } from '../../../domain/mesh/service.ts'
import { visibleServices } from '../../../domain/mesh/visibility.ts'
import type { Mesh } from '../../../domain/mesh/mesh.ts'
import type { MeshPod } from '../../../domain/mesh/pod.ts'
import { shakeHands } from '../../../domain/policy/handshake.ts'
import type { ClientTls } from '../../../domain/policy/mutual-tls.ts'
import { automaticTls, explainServerMode, explicitTls } from '../../../domain/policy/mutual-tls.ts'
import { trafficPolicyFor } from '../../../domain/policy/traffic-policy.ts'
import type { Destination } from '../../../domain/routing/decision.ts'
import { hasCluster } from '../../../domain/routing/destinations.ts'
import type { Caller } from '../../../domain/routing/request.ts'
import { endpointsOf } from '../../../domain/routing/subset-endpoints.ts'
import type { CircuitBreakers } from './circuit-breaker.ts'
import { drawLatency } from './chance.ts'
import type { Instance, Instances } from './instance.ts'
import type { Answer, TravellingRequest } from './request.ts'
import { proxyAnswer, proxyTime } from './request.ts'

export interface Connection {
  readonly caller: Instance
  readonly isMutual: boolean
  /** Istio's name of the server, as the TLS handshake says it. */
  readonly serverName?: string
  readonly port: number
}

/** Lets a request in at a pod. */
export type Arrive = (
  instance: Instance,
  request: TravellingRequest,
  at: number,
  connection: Connection,
) => Answer

/** An attempt's answer, and the endpoint that it went to. */
export interface Attempt extends Answer {
  readonly peer?: Instance
  readonly isMutual: boolean
  readonly port?: number
}

export type Target = Omit<Destination, 'weight'>

const reset = (flag: string, reason: string, failure?: string): Answer =>
  proxyAnswer(
    503,
    flag,
    `upstream_reset_before_response_started{${reason}}`,
    failure === undefined ? {} : { failure },
  )

/** How a proxy reaches an endpoint of a destination: health, connection pool, balancing, TLS. */
export class Upstream {
  readonly #breakers: CircuitBreakers
  readonly #instances: Instances
  readonly #random: () => number
  readonly #turns = new Map<string, number>()

  constructor(breakers: CircuitBreakers, instances: Instances, random: () => number) {
    this.#breakers = breakers
    this.#instances = instances
    this.#random = random
  }

  attempt(
    mesh: Mesh,
    caller: Instance,
    from: Caller,
    target: Target,
    request: TravellingRequest,
    at: number,
    arrive: Arrive,
  ): Attempt {
    const fail = (answer: Answer): Attempt => ({ ...answer, isMutual: false })
    const refused = reset('UF', 'remote_connection_failure|delayed_connect_error:_Connection_refused')
    if (!target.cluster.startsWith('outbound|')) return fail(refused)
    if (!hasCluster(mesh, from, target)) return fail(proxyAnswer(503, 'NC', 'cluster_not_found'))
    const service = visibleServices(mesh, caller.namespace).get(target.host)
    if (service?.isExternal === true)
      return fail(
        proxyAnswer(200, undefined, 'via_upstream', {
          duration: drawLatency(this.#random, 60),
          responseBytes: 1024,
        }),
      )
    const policy = trafficPolicyFor(mesh, target.host, target.port, target.subset, caller.namespace)
    const all = endpointsOf(mesh, target.host, target.subset, caller.namespace)
    const outliers = this.#breakers.outliers(caller.uid, target.cluster)
    const healthy = all.filter(pod => !outliers.isEjected(nameOf(pod), at))
    const pod = this.#balance(caller, target, healthy)
    if (pod === undefined) return fail(proxyAnswer(503, 'UH', 'no_healthy_upstream'))
    const pool = this.#breakers.pool(caller.uid, target.cluster)
    const start = pool.admit(at, policy.connectionPool)
    if (start === undefined) return fail(reset('UO', 'overflow'))
    const peer = this.#instances.named(pod.namespace, pod.name)
    const port = service === undefined ? undefined : targetPort(mesh, target, pod)
    const result = this.#connect(mesh, caller, target, request, start, arrive, pod, peer, port)
    const duration = start - at + result.duration
    pool.occupy(at, at + duration)
    if (policy.outlierDetection)
      outliers.record(nameOf(pod), result.status, at + duration, policy.outlierDetection, all.map(nameOf))
    return {
      ...result,
      duration,
      ...(peer === undefined ? {} : { peer }),
      ...(port === undefined ? {} : { port }),
    }
  }

  #connect(
    mesh: Mesh,
    caller: Instance,
    target: Target,
    request: TravellingRequest,
    at: number,
    arrive: Arrive,
    pod: MeshPod,
    peer: Instance | undefined,
    port: number | undefined,
  ): Attempt {
    const tls: ClientTls = !caller.hasProxy
      ? 'none'
      : (explicitTls(mesh, caller, target.host, target.subset, target.port) ?? automaticTls(mesh, pod, port))
    const handshake = shakeHands(tls, explainServerMode(mesh, pod, port), pod.hasProxy)
    const isMutual = handshake.isConnected && handshake.isMutual
    const fail = (answer: Answer): Attempt => ({ ...answer, isMutual })
    if (peer === undefined || port === undefined)
      return fail(reset('UF', 'remote_connection_failure|delayed_connect_error:_Connection_refused'))
    // The simulated applications speak plain HTTP, so TLS that no proxy ends is answered with what is no TLS.
    if (tls === 'mutual' || tls === 'simple' || (!handshake.isConnected && tls === 'istio-mutual'))
      return fail(
        reset(
          'UF',
          'remote_connection_failure',
          'TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER',
        ),
      )
    if (!handshake.isConnected) return fail(reset('UC', 'connection_termination'))
    if (peer.ports.length > 0 && !peer.ports.includes(port))
      return fail(reset('UF', 'remote_connection_failure|delayed_connect_error:_Connection_refused'))
    const serverName = `outbound_.${String(target.port)}_.${target.subset ?? ''}_.${target.host}`
    const answer = arrive(peer, request, at + proxyTime, {
      caller,
      isMutual,
      port,
      ...(isMutual ? { serverName } : {}),
    })
    return { ...answer, duration: answer.duration + proxyTime, isMutual }
  }

  /** Each endpoint in turn, which is what LEAST_REQUEST comes to where requests are alike. */
  #balance(caller: Instance, { cluster }: Target, pods: readonly MeshPod[]): MeshPod | undefined {
    const key = `${caller.uid} ${cluster}`
    const turn = (this.#turns.get(key) ?? Math.floor(this.#random() * pods.length)) + 1
    this.#turns.set(key, turn)
    return pods[turn % pods.length]
  }
}

const nameOf = ({ namespace, name }: MeshPod): string => `${namespace}/${name}`

function targetPort(mesh: Mesh, { host, port }: Target, pod: MeshPod): number | undefined {
  const service = mesh.registry.get(host)
  const found = service && portOf(service, port)
  if (found === undefined || !isHttp(found.protocol)) return undefined
  return typeof found.targetPort === 'number'
    ? found.targetPort
    : pod.containerPorts.find(item => item.name === found.targetPort)?.number
}
