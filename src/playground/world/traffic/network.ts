import {
  passIngressWaypoint,
  passWaypoint,
  type WaypointPass,
} from '../../../domain/routing/ambient/pass-waypoint.ts'
import { isLinkerdCall } from '../../../domain/linkerd/uses-linkerd.ts'
import type { Mesh } from '../../../domain/istio/mesh.ts'
import type { Decision } from '../../../domain/routing/decision.ts'
import { podPort } from '../../../domain/routing/listener/gateway-servers.ts'
import type { RoutingRequest } from '../../../domain/routing/request.ts'
import { decide } from '../../../domain/routing/route/resolve.ts'
import { sendPlainly } from '../../../domain/routing/endpoint/send-plainly.ts'
import { randomHex } from '../context.ts'
import type { ConnectionRecord } from '../telemetry/connection-record.ts'
import { runApplication } from './application.ts'
import { answerAtPod } from './arrival.ts'
import { connectionOf } from './describe-connection.ts'
import { askedHost, denied, describeExchange, outsider, serviceOf } from './describe.ts'
import { Forwarding, leavingFor, noPeer, type Outcome } from './forwarding.ts'
import { evaluateAtGateway, type Verdict } from './gateway-policies.ts'
import type { Instance } from './instance.ts'
import type { NetworkParts } from './network-parts.ts'
import { planByLinkerd } from './linkerd.ts'
import { nameOperation } from './operation.ts'
import type { Answer, TravellingRequest } from './request.ts'
import { proxyAnswer, proxyTime, routingRequest } from './request.ts'
import { describeSender, type Sender } from './sender.ts'
import { closedConnection, Upstream, type Connection } from './upstream.ts'

/** Calls that go round in a circle end here, long before the stack does. */
const MAX_HOPS = 12

/** Carries requests from pod to pod as the proxies between them would, in virtual time: nothing here waits. */
export class Network {
  readonly #parts: NetworkParts
  readonly #forwarding: Forwarding

  constructor(parts: NetworkParts) {
    this.#parts = parts
    const upstream = new Upstream(parts.breakers, parts.instances, parts.random)
    this.#forwarding = new Forwarding(upstream, this.#arrive, parts.random)
  }

  /** The mesh as its objects say it now. */
  mesh(): Mesh {
    return this.#parts.mesh()
  }

  /** A request that leaves a pod; a gateway's pod sends on what came from outside. */
  send(caller: Instance, request: TravellingRequest, at: number): Answer {
    if ((request.hops ?? 0) > MAX_HOPS) return proxyAnswer(503, undefined, 'too_many_hops')
    const mesh = this.#parts.mesh()
    const sender = describeSender(mesh, caller)
    const asked = routingRequest(sender.from, request)
    if (isLinkerdCall(this.#parts.objects(), sender.from))
      return this.#answerOf(
        this.#forwarding.follow(planByLinkerd(mesh, this.#parts.objects(), sender, asked, request, at)),
      )
    switch (sender.identity.dataPlane) {
      case 'sidecar':
        return this.#sendByEnvoy(mesh, sender, asked, request, at)
      case 'ambient':
        return this.#sendByZtunnel(mesh, sender, asked, request, at)
      case 'none':
        return this.#answerOf(
          this.#forwarding.follow({ mesh, sender, decision: sendPlainly(mesh, asked), request, at }),
        )
    }
  }

  /** Lets a request in that comes straight to a pod's port, as a port-forward brings it. */
  answerAt(instance: Instance, request: TravellingRequest, at: number): Answer {
    const { random, say } = this.#parts
    return runApplication(instance, request, at, random, (call, time) => this.send(instance, call, time), say)
  }

  #answerOf({ attempt, flags, duration }: Outcome): Answer {
    return { ...attempt, flags, duration }
  }

  #sendByEnvoy(
    mesh: Mesh,
    sender: Sender,
    asked: RoutingRequest,
    request: TravellingRequest,
    at: number,
  ): Answer {
    const decision = decide(mesh, asked)
    const isGateway = sender.from.kind === 'gateway'
    const entry = isGateway ? evaluateAtGateway(mesh, asked, decision, request) : undefined
    const behind =
      isGateway && entry?.isAccepted !== false
        ? passIngressWaypoint(mesh, asked, decision, sender.identity)
        : undefined
    return this.#passEnvoy(mesh, sender, { decision, entry, request, at, behind })
  }

  /** Ztunnel reads no requests: it hands them to the waypoint of the Service, or straight to a pod. */
  #sendByZtunnel(
    mesh: Mesh,
    sender: Sender,
    asked: RoutingRequest,
    request: TravellingRequest,
    at: number,
  ): Answer {
    const pass = passWaypoint(mesh, asked, sender.identity)
    const outcome =
      pass === undefined
        ? this.#forwarding.follow({ mesh, sender, decision: sendPlainly(mesh, asked), request, at })
        : this.#passWaypoint(mesh, sender, pass, request, at)
    const { attempt, target, duration } = outcome
    this.#reportByZtunnel(mesh, {
      ...connectionOf(request, attempt, at, duration),
      reporter: 'source',
      source: sender.instance,
      ...(attempt.peer === undefined ? {} : { destination: attempt.peer }),
      service: serviceOf(mesh, target?.host, request.host),
    })
    return this.#answerOf(outcome)
  }

  #passWaypoint(
    mesh: Mesh,
    caller: Sender,
    { waypoint, decision, entry, identity, request: asked }: WaypointPass,
    request: TravellingRequest,
    at: number,
  ): Outcome {
    const { namespace, name } = waypoint
    const instance = this.#parts.instances.waypoint(namespace, name)
    const target = { host: entry.host, port: asked.port, cluster: '' }
    if (instance === undefined)
      return { attempt: noPeer(closedConnection), target, flags: ['UF'], duration: proxyTime }
    const answer = this.#passEnvoy(
      mesh,
      { instance, from: asked.from, identity },
      { decision, entry, request, at: at + proxyTime, origin: caller.instance },
    )
    const duration = answer.duration + proxyTime
    return {
      attempt: { ...answer, duration, peer: instance, isMutual: true, port: 15008 },
      target,
      flags: answer.flags,
      duration,
    }
  }

  #reportByZtunnel(mesh: Mesh, record: Omit<ConnectionRecord, 'proxy'>): void {
    const proxy = this.#parts.instances.ztunnel()
    if (proxy !== undefined) this.#parts.reportConnection({ ...record, proxy })
  }

  /** What an Envoy does with a request that leaves by it, and what it says of that. */
  #passEnvoy(
    mesh: Mesh,
    sender: Sender,
    { decision, entry, request, at, behind, origin }: EnvoyPass,
  ): Answer {
    const { random, report } = this.#parts
    const { instance } = sender
    const isGateway = instance.proxyMode === 'gateway'
    const spanId = randomHex(random, 16)
    const upstreamSpanId = isGateway ? randomHex(random, 16) : undefined
    const isSampled = request.isSampled ?? this.#parts.samples(instance)
    const sent: TravellingRequest = { ...request, isSampled, parentSpan: upstreamSpanId ?? spanId }
    const outcome: Outcome =
      entry?.isAccepted === false
        ? {
            attempt: noPeer(decision.isOpaque === true ? closedConnection : denied(entry)),
            flags: [],
            duration: proxyTime,
          }
        : behind === undefined
          ? this.#forwarding.follow({ mesh, sender, decision, request: sent, at })
          : this.#passWaypoint(mesh, sender, behind, leavingFor(sent, decision, undefined), at)
    const { attempt, target, duration } = outcome
    const service = serviceOf(mesh, target?.host ?? askedHost(mesh, decision), request.host)
    if (decision.isOpaque === true) {
      this.#parts.reportConnection({
        ...connectionOf(request, attempt, at, duration),
        proxy: instance,
        reporter: 'source',
        source: origin ?? instance,
        ...(attempt.peer === undefined ? {} : { destination: attempt.peer }),
        service,
        ...(target === undefined ? {} : { upstreamCluster: target.cluster }),
      })
      return this.#answerOf(outcome)
    }
    const onward = leavingFor(sent, decision, target)
    const upstreamHost =
      attempt.peer && attempt.port !== undefined ? `${attempt.peer.ip}:${attempt.port}` : undefined
    const { port } = request
    const clientPort = this.#port()
    report({
      ...describeExchange(request, at, duration, attempt, outcome.flags),
      proxy: instance,
      direction: 'outbound',
      ...(origin === undefined ? {} : { origin }),
      isSampled,
      path: onward.path,
      authority: onward.host,
      ...(attempt.peer === undefined ? {} : { peer: attempt.peer }),
      isPeerMutual: attempt.isMutual,
      service,
      ...(target === undefined ? {} : { upstreamCluster: target.cluster }),
      ...(upstreamHost === undefined
        ? {}
        : { upstreamHost, upstreamLocal: `${instance.ip}:${this.#port()}` }),
      downstreamLocal: isGateway
        ? `${instance.ip}:${podPort(mesh, sender.from, port)}`
        : `${mesh.registry.get(service.host)?.addresses[0] ?? '0.0.0.0'}:${port}`,
      downstreamRemote: isGateway
        ? `${outsider(request)}:${clientPort}`
        : `${(origin ?? instance).ip}:${clientPort}`,
      routeName: decision.route?.ruleName ?? 'default',
      operation: nameOperation(mesh, decision, request.host, port),
      spanId,
      ...(upstreamSpanId === undefined ? {} : { upstreamSpanId }),
    })
    const { location, responseHeaders } = decision
    return {
      ...(responseHeaders === undefined ? {} : { responseHeaders }),
      ...this.#answerOf(outcome),
      ...(location === undefined ? {} : { location }),
    }
  }

  /** A request at a pod: what speaks for the pod asks the policies, then the application answers. */
  readonly #arrive = (
    instance: Instance,
    request: TravellingRequest,
    at: number,
    connection: Connection,
  ): Answer => {
    const { tls, servicePort } = connection
    if (instance.proxyMode === 'gateway')
      return this.send(
        instance,
        {
          ...request,
          port: servicePort,
          hops: (request.hops ?? 0) + 1,
          tls: tls === 'istio-mutual' ? 'istio' : tls,
        },
        at,
      )
    return answerAtPod(
      {
        mesh: this.#parts.mesh(),
        objects: this.#parts.objects(),
        random: this.#parts.random,
        report: this.#parts.report,
        reportConnection: this.#parts.reportConnection,
        samples: this.#parts.samples,
        ztunnel: this.#parts.instances.ztunnel(),
        run: (own, start) => this.answerAt(instance, own, start),
      },
      instance,
      request,
      at,
      connection,
    )
  }

  #port(): number {
    return 32768 + Math.floor(this.#parts.random() * 28000)
  }
}

interface EnvoyPass {
  readonly decision: Decision
  /** What the proxy's own policies say of the request. */
  readonly entry: Verdict | undefined
  readonly request: TravellingRequest
  readonly at: number
  /** The waypoint that stands behind a gateway. */
  readonly behind?: WaypointPass | undefined
  /** Who called, at a waypoint. */
  readonly origin?: Instance
}
