import { isLinkerdCall } from '../../../domain/linkerd/uses-linkerd.ts'
import type { Mesh } from '../../../domain/mesh/mesh.ts'
import type { KubernetesObject } from '../../../domain/resources/kubernetes-object.ts'
import { judgeCall } from '../../../domain/routing/arrival.ts'
import type { Decision } from '../../../domain/routing/decision.ts'
import { parseDuration } from '../../../domain/routing/duration.ts'
import { podPort } from '../../../domain/routing/gateway-servers.ts'
import { normalizeTarget } from '../../../domain/routing/normalize-path.ts'
import type { Caller, RoutingRequest } from '../../../domain/routing/request.ts'
import { decide } from '../../../domain/routing/resolve.ts'
import { randomHex } from '../context.ts'
import type { ProxyRecord } from '../telemetry/proxy-record.ts'
import type { Say } from './application.ts'
import { runApplication } from './application.ts'
import { EvenSequence, pickByWeight } from './chance.ts'
import { chooseLinkerdTarget, choosePlainTarget, type Choice } from './choose-target.ts'
import type { CircuitBreakers } from './circuit-breaker.ts'
import type { Instance, Instances } from './instance.ts'
import { answerWithout, denied, describeExchange, outsider, serviceOf } from './describe.ts'
import { nameOperation } from './operation.ts'
import type { Answer, TravellingRequest } from './request.ts'
import { proxyAnswer, proxyTime, routingRequest } from './request.ts'
import { isRetriable } from './retry.ts'
import type { Attempt, Connection, Target } from './upstream.ts'
import { Upstream } from './upstream.ts'

interface NetworkParts {
  /** The mesh as its objects say it now. */
  readonly mesh: () => Mesh
  /** The objects that it is made of, for what Linkerd's proxies decide. */
  readonly objects: () => readonly KubernetesObject[]
  readonly instances: Instances
  readonly breakers: CircuitBreakers
  readonly random: () => number
  /** Hears what each proxy saw of each request. */
  readonly report: (record: ProxyRecord) => void
  /** Hears what each application writes. */
  readonly say: Say
}

interface Outcome {
  readonly attempt: Attempt
  readonly target?: Target
  readonly flags: readonly string[]
  /** The answer took this long, with what the proxy itself waited. */
  readonly duration: number
}

const noPeer = (answer: Answer): Attempt => ({ ...answer, isMutual: false })

/** Carries requests from pod to pod as the proxies between them would, in virtual time: nothing here waits. */
export class Network {
  readonly #parts: NetworkParts
  readonly #upstream: Upstream
  readonly #weights: EvenSequence
  readonly #faults: EvenSequence

  constructor(parts: NetworkParts) {
    this.#parts = parts
    this.#upstream = new Upstream(parts.breakers, parts.instances, parts.random)
    this.#weights = new EvenSequence(parts.random)
    this.#faults = new EvenSequence(parts.random)
  }

  /** A request that leaves a pod; a gateway's pod sends on what came from outside. */
  send(caller: Instance, request: TravellingRequest, at: number): Answer {
    const { random, report } = this.#parts
    const mesh = this.#parts.mesh()
    const { namespace, labels } = caller
    const from: Caller = caller.isGateway
      ? { kind: 'gateway', namespace, labels }
      : {
          kind: 'workload',
          namespace,
          labels,
          serviceAccount: caller.serviceAccount,
          ...(caller.hasProxy ? {} : { hasProxy: false }),
        }
    const asked = routingRequest(from, request)
    const objects = this.#parts.objects()
    const choice = isLinkerdCall(objects, from)
      ? chooseLinkerdTarget(mesh, objects, asked, (all, key) => pickByWeight(all, this.#weights.next(key)))
      : caller.hasProxy
        ? undefined
        : choosePlainTarget(mesh, asked)
    if (choice !== undefined) return this.#sendUnmeshed(mesh, caller, asked, choice, request, at)
    const { host, port } = request
    const decision = decide(mesh, asked)
    const spanId = randomHex(random, 16)
    const upstreamSpanId = caller.isGateway ? randomHex(random, 16) : undefined
    const onward: TravellingRequest = {
      ...request,
      host: decision.request.host,
      path: decision.request.path,
      headers: decision.request.headers,
      parentSpan: upstreamSpanId ?? spanId,
    }
    const outcome = this.#follow(mesh, caller, asked, decision, onward, at)
    const { attempt, target, duration } = outcome
    const cluster = target ?? decision.destinations[0]
    const upstreamHost =
      attempt.peer && attempt.port !== undefined ? `${attempt.peer.ip}:${attempt.port}` : undefined
    const service = serviceOf(mesh, cluster?.host, host)
    const clientPort = this.#port()
    report({
      ...describeExchange(request, at, duration, attempt, outcome.flags),
      proxy: caller,
      direction: 'outbound',
      path: onward.path,
      authority: onward.host,
      ...(attempt.peer === undefined ? {} : { peer: attempt.peer }),
      isPeerMutual: attempt.isMutual,
      service,
      ...(target === undefined ? {} : { upstreamCluster: target.cluster }),
      ...(upstreamHost === undefined ? {} : { upstreamHost, upstreamLocal: `${caller.ip}:${this.#port()}` }),
      downstreamLocal: caller.isGateway
        ? `${caller.ip}:${port === 443 ? 8443 : 8080}`
        : `${mesh.registry.get(service.host)?.addresses[0] ?? '0.0.0.0'}:${port}`,
      downstreamRemote: caller.isGateway
        ? `${outsider(request)}:${clientPort}`
        : `${caller.ip}:${clientPort}`,
      routeName: decision.route?.ruleName ?? 'default',
      operation: nameOperation(mesh, decision, host, port),
      spanId,
      ...(upstreamSpanId === undefined ? {} : { upstreamSpanId }),
    })
    return {
      ...attempt,
      flags: outcome.flags,
      duration,
      ...(decision.location === undefined ? {} : { location: decision.location }),
    }
  }

  /** What the decision comes to: faults, the draw of a destination, attempts, timeouts, mirrors. */
  #follow(
    mesh: Mesh,
    caller: Instance,
    asked: RoutingRequest,
    decision: Decision,
    request: TravellingRequest,
    at: number,
  ): Outcome {
    const { from } = asked
    if (caller.isGateway) {
      // The policies of a gateway see the request as it came from outside.
      const { method, path, host, headers, port } = asked
      const verdict = judgeCall(mesh, caller, {
        protocol: decision.isOpaque === true ? 'tcp' : 'http',
        method,
        path: normalizeTarget(path, mesh.settings.pathNormalization),
        host,
        headers,
        port: podPort(mesh, from, port),
        ip: outsider(request),
      })
      if (!verdict.isAccepted) return { attempt: noPeer(denied(verdict)), flags: [], duration: proxyTime }
    }
    const key = JSON.stringify(decision.route ?? decision.destinations[0]?.cluster ?? '')
    const flags: string[] = []
    let waited = 0
    const { delay, abort } = decision.fault ?? {}
    if (delay && this.#faults.next(`${key} delay`) * 100 < delay.percentage) {
      waited = parseDuration(delay.fixedDelay) ?? 0
      flags.push('DI')
    }
    const end = (attempt: Attempt, target?: Target): Outcome => ({
      attempt,
      ...(target === undefined ? {} : { target }),
      flags: [...flags, ...attempt.flags],
      duration: waited + attempt.duration,
    })
    if (abort && this.#faults.next(`${key} abort`) * 100 < abort.percentage)
      return end(noPeer(proxyAnswer(abort.httpStatus, 'FI', 'fault_filter_abort', { responseBytes: 18 })))
    if (decision.outcome !== 'forwarded') return end(noPeer(answerWithout(decision)))
    const target = pickByWeight(decision.destinations, this.#weights.next(key))
    if (target === undefined) return end(noPeer(proxyAnswer(503, 'NC', 'cluster_not_found')))
    for (const mirror of decision.mirrors)
      if (this.#faults.next(`${key} mirror ${mirror.cluster}`) * 100 < mirror.percentage) {
        const shadow = { ...request, host: `${request.host}-shadow` }
        this.#upstream.attempt(mesh, caller, from, mirror, shadow, at + waited, this.#arrive)
      }
    return end(this.#try(mesh, caller, from, decision, target, request, at + waited, flags), target)
  }

  #try(
    mesh: Mesh,
    caller: Instance,
    from: Caller,
    { timeout, retries }: Decision,
    target: Target,
    request: TravellingRequest,
    at: number,
    flags: string[],
  ): Attempt {
    const limit = parseDuration(timeout) ?? Infinity
    const tryLimit = parseDuration(retries?.perTryTimeout) ?? Infinity
    let spent = 0
    for (let count = 0; ; count += 1) {
      const patience = Math.min(tryLimit, limit - spent)
      const impatient: TravellingRequest =
        patience === Infinity ? request : { ...request, deadline: at + spent + patience }
      const attempt = this.#upstream.attempt(mesh, caller, from, target, impatient, at + spent, this.#arrive)
      const isLate = attempt.duration > patience
      const result: Attempt = isLate
        ? {
            ...attempt,
            status: 504,
            flags: ['UT'],
            details: spent + patience >= limit ? 'response_timeout' : 'upstream_per_try_timeout',
            duration: patience,
            responseBytes: 24,
          }
        : attempt
      spent += result.duration
      if (retries === undefined || spent >= limit || !isRetriable(retries.retryOn, result))
        return { ...result, duration: spent }
      if (count >= retries.attempts) {
        flags.push('URX')
        return { ...result, duration: spent }
      }
      // Envoy's back-off: random, up to 25 ms doubled with each retry.
      spent += this.#parts.random() * 25 * 2 ** count
    }
  }

  /** A request at a pod: its proxy asks the policies, then the application answers. */
  readonly #arrive = (
    instance: Instance,
    request: TravellingRequest,
    at: number,
    connection: Connection,
  ): Answer => {
    const { random, report } = this.#parts
    const run = (own: TravellingRequest, start: number): Answer => this.answerAt(instance, own, start)
    if (!instance.hasProxy || instance.isGateway) return run(request, at)
    const mesh = this.#parts.mesh()
    const { caller, isMutual, port, serverName } = connection
    const spanId = randomHex(random, 16)
    const { method, path, host, headers } = request
    const verdict = judgeCall(mesh, instance, {
      protocol: 'http',
      method,
      path: normalizeTarget(path, mesh.settings.pathNormalization),
      host,
      headers,
      port,
      ip: caller.ip,
      destinationIp: instance.ip,
      ...(isMutual
        ? { principal: `${mesh.trustDomain}/ns/${caller.namespace}/sa/${caller.serviceAccount}` }
        : {}),
      ...(serverName === undefined ? {} : { sni: serverName }),
    })
    const answer = verdict.isAccepted
      ? run({ ...request, parentSpan: spanId }, at + proxyTime)
      : denied(verdict)
    const full = answer.duration + (verdict.isAccepted ? proxyTime : 0)
    const isGivenUp = request.deadline !== undefined && at + full > request.deadline
    const duration = isGivenUp ? Math.max(0, request.deadline - at) : full
    const seen: Attempt = isGivenUp
      ? { ...noPeer(proxyAnswer(0, 'DC', 'downstream_remote_disconnect')), isMutual }
      : { ...answer, isMutual }
    report({
      ...describeExchange(request, at, duration, seen, seen.flags),
      proxy: instance,
      direction: 'inbound',
      // Without a sidecar the caller sends nothing that says who it is.
      ...(caller.hasProxy ? { peer: caller } : {}),
      isPeerMutual: isMutual,
      service: serviceOf(mesh, this.#calledHost(mesh, instance, serverName), host),
      upstreamCluster: `inbound|${port}||`,
      upstreamHost: `${instance.ip}:${port}`,
      upstreamLocal: `127.0.0.6:${this.#port()}`,
      downstreamLocal: `${instance.ip}:${port}`,
      downstreamRemote: `${caller.ip}:${this.#port()}`,
      ...(serverName === undefined ? {} : { serverName }),
      routeName: 'default',
      operation: `${this.#calledHost(mesh, instance, serverName)}:${request.port}/*`,
      spanId,
    })
    return { ...answer, flags: [], duration: full }
  }

  /** Lets a request in that comes straight to a pod's port, as a port-forward brings it. */
  answerAt(instance: Instance, request: TravellingRequest, at: number): Answer {
    const { random, say } = this.#parts
    return runApplication(instance, request, at, random, (call, time) => this.send(instance, call, time), say)
  }

  /** Istio's proxy is not beside the caller, so that neither its rules nor its mutual TLS have a part. */
  #sendUnmeshed(
    mesh: Mesh,
    caller: Instance,
    { from }: RoutingRequest,
    choice: Choice,
    request: TravellingRequest,
    at: number,
  ): Answer {
    if ('answer' in choice) return choice.answer
    const { host, path, headers } = choice.leaving
    const onward = { ...request, host, path, headers }
    const plain = { ...caller, hasProxy: false }
    return this.#upstream.attempt(mesh, plain, from, choice.target, onward, at, this.#arrive)
  }

  #calledHost(mesh: Mesh, instance: Instance, serverName: string | undefined): string {
    const named = serverName?.split('_.').at(-1)
    if (named !== undefined) return named
    const own = mesh.services.find(
      ({ namespace, selector }) =>
        namespace === instance.namespace &&
        selector !== undefined &&
        Object.entries(selector).every(([key, value]) => instance.labels[key] === value),
    )
    return own?.host ?? `${instance.app}.${instance.namespace}.svc.${mesh.clusterDomain}`
  }

  #port(): number {
    return 32768 + Math.floor(this.#parts.random() * 28000)
  }
}
