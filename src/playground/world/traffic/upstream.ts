import { dataPlaneOfPod, type DataPlane } from '../../../domain/routing/ambient/data-plane.ts'
import type { Mesh } from '../../../domain/istio/mesh.ts'
import { portOf } from '../../../domain/istio/service.ts'
import { servicesKnownTo } from '../../../domain/istio/visibility.ts'
import { negotiateTls } from '../../../domain/routing/policy/negotiate-tls.ts'
import type { ClientTls } from '../../../domain/routing/policy/mutual-tls.ts'
import { automaticTls, explainServerMode, explicitTls } from '../../../domain/routing/policy/mutual-tls.ts'
import { trafficPolicyFor, type TrafficPolicy } from '../../../domain/routing/policy/traffic-policy.ts'
import type { Destination } from '../../../domain/routing/decision.ts'
import { hasCluster } from '../../../domain/routing/endpoint/destinations.ts'
import { chooseEndpoint } from './balance.ts'
import type { CircuitBreakers } from './circuit-breaker.ts'
import { drawLatency } from './chance.ts'
import { endpointsOf, type Endpoint } from './endpoints.ts'
import type { Instance, Instances } from './instance.ts'
import { isNameOfCluster } from './names.ts'
import type { Answer, TravellingRequest } from './request.ts'
import { proxyAnswer, proxyTime } from './request.ts'
import type { Sender } from './sender.ts'

export interface Connection {
  readonly sender: Sender
  readonly isMutual: boolean
  /** Istio's name of the server, as the TLS handshake says it. */
  readonly serverName?: string
  readonly port: number
  /** The port that the sender asked for, the Service's. */
  readonly servicePort: number
  /** The Service that the sender asked for. */
  readonly host: string
  readonly tls: ClientTls
  /** Who speaks for the pod. */
  readonly dataPlane: DataPlane
  /** Whether no proxy reads requests in it. */
  readonly isOpaque: boolean
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

export const refusedConnection = reset(
  'UF',
  'remote_connection_failure|delayed_connect_error:_Connection_refused',
)
export const closedConnection = reset('UC', 'connection_termination')

/** No Envoy stands before the connection, so that nothing is pooled, ejected or hashed. */
const noPolicy: TrafficPolicy = { connectionPool: {}, loadBalancer: { algorithm: 'LEAST_REQUEST' } }

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
    sender: Sender,
    target: Target,
    request: TravellingRequest,
    at: number,
    arrive: Arrive,
    isOpaque = false,
  ): Attempt {
    const { from, identity, instance } = sender
    const fail = (answer: Answer): Attempt => ({ ...answer, isMutual: false })
    if (target.cluster === 'PassthroughCluster' || target.cluster === 'passthrough')
      return fail(isNameOfCluster(mesh, target.host) ? refusedConnection : this.#outside())
    if (!/^(?:outbound|inbound-vip)\|/.test(target.cluster)) return fail(refusedConnection)
    const isEnvoy = identity.dataPlane === 'sidecar'
    if (isEnvoy && !hasCluster(mesh, from, target)) return fail(proxyAnswer(503, 'NC', 'cluster_not_found'))
    const { host, port, subset } = target
    const policy = isEnvoy
      ? trafficPolicyFor(mesh, host, port, subset, from.namespace, from.labels)
      : noPolicy
    const all = endpointsOf(mesh, from, target)
    const outliers = this.#breakers.outliers(instance.uid, target.cluster)
    const healthy = all.filter(({ key }) => !outliers.isEjected(key, at))
    const endpoint = chooseEndpoint(
      healthy,
      policy.loadBalancer,
      request,
      instance.ip,
      this.#turn(instance, target, healthy.length),
      this.#random,
    )
    if (endpoint === undefined) return fail(proxyAnswer(503, 'UH', 'no_healthy_upstream'))
    const pool = this.#breakers.pool(instance.uid, target.cluster)
    const start = pool.admit(at, policy.connectionPool)
    if (start === undefined) return fail(reset('UO', 'overflow'))
    const result = this.#connect(mesh, sender, target, request, start, arrive, endpoint, isOpaque)
    const duration = start - at + result.duration
    pool.occupy(at, at + duration)
    if (policy.outlierDetection)
      outliers.record(
        endpoint.key,
        result.status,
        at + duration,
        policy.outlierDetection,
        all.map(({ key }) => key),
      )
    return { ...result, duration }
  }

  #connect(
    mesh: Mesh,
    sender: Sender,
    target: Target,
    request: TravellingRequest,
    at: number,
    arrive: Arrive,
    { pod, port }: Endpoint,
    isOpaque: boolean,
  ): Attempt {
    const { from, identity } = sender
    const explicit =
      identity.dataPlane === 'sidecar'
        ? explicitTls(mesh, from, target.host, target.subset, target.port)
        : undefined
    if (pod === undefined)
      return {
        ...(explicit === 'istio-mutual' ? wrongTls : this.#outside()),
        isMutual: false,
      }
    const peer = this.#instances.named(pod.namespace, pod.name)
    const known = {
      ...(peer === undefined ? {} : { peer }),
      ...(port === undefined ? {} : { port }),
    }
    const dataPlane = dataPlaneOfPod(mesh.ambient, pod, pod.hasProxy)
    // A gateway's pod does not say that it answers mutual TLS: its listeners are those of its Gateways.
    const isGateway = peer?.proxyMode === 'gateway'
    const tls: ClientTls =
      identity.dataPlane === 'none'
        ? 'none'
        : dataPlane === 'ambient'
          ? 'istio-mutual'
          : (explicit ??
            (isGateway ? 'none' : automaticTls(mesh, { ...pod, hasProxy: dataPlane !== 'none' }, port)))
    const service = servicesKnownTo(mesh, from).get(target.host)
    const protocol = service === undefined ? undefined : portOf(service, target.port)?.protocol
    const handshake =
      dataPlane === 'ambient' || (isGateway && tls === 'istio-mutual')
        ? ({ isConnected: true, isMutual: tls === 'istio-mutual' } as const)
        : negotiateTls(
            tls,
            isGateway ? { mode: 'PERMISSIVE' } : explainServerMode(mesh, pod, port),
            dataPlane !== 'none',
            protocol,
          )
    const isMutual = handshake.isConnected && handshake.isMutual
    const fail = (answer: Answer): Attempt => ({ ...answer, ...known, isMutual })
    if (peer === undefined || port === undefined) return fail(refusedConnection)
    // The simulated applications speak plain HTTP, so TLS that no proxy ends is answered with what is no TLS.
    const isOwnTls = (tls === 'mutual' || tls === 'simple') && !isGateway
    if (isOwnTls || (!handshake.isConnected && tls === 'istio-mutual')) return fail(wrongTls)
    if (!handshake.isConnected) return fail(closedConnection)
    if (!isGateway && peer.ports.length > 0 && !peer.ports.includes(port)) return fail(refusedConnection)
    const serverName = `outbound_.${String(target.port)}_.${target.subset ?? ''}_.${target.host}`
    const answer = arrive(peer, request, at + proxyTime, {
      sender,
      isMutual,
      port,
      servicePort: target.port,
      host: target.host,
      tls,
      dataPlane,
      isOpaque,
      ...(isMutual && identity.dataPlane === 'sidecar' && dataPlane === 'sidecar' ? { serverName } : {}),
    })
    return { ...answer, ...known, duration: answer.duration + proxyTime, isMutual }
  }

  /** A server outside the cluster, which nothing here can know: it answers. */
  #outside(): Answer {
    return proxyAnswer(200, undefined, 'via_upstream', {
      duration: drawLatency(this.#random, 60),
      responseBytes: 1024,
    })
  }

  /** How often the sender has asked for an endpoint of the cluster. */
  #turn({ uid }: Instance, { cluster }: Target, count: number): number {
    const key = `${uid} ${cluster}`
    const turn = (this.#turns.get(key) ?? Math.floor(this.#random() * count)) + 1
    this.#turns.set(key, turn)
    return turn
  }
}

const wrongTls = reset(
  'UF',
  'remote_connection_failure',
  'TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER',
)
