import { parseDuration } from '../../../domain/routing/route/duration.ts'
import type { Decision } from '../../../domain/routing/decision.ts'
import type { Mesh } from '../../../domain/istio/mesh.ts'
import { EvenSequence, pickByWeight } from './chance.ts'
import { answerWithout } from './describe.ts'
import type { Answer, TravellingRequest } from './request.ts'
import { proxyAnswer } from './request.ts'
import { isRetriable } from './retry.ts'
import type { Sender } from './sender.ts'
import type { Arrive, Attempt, Target, Upstream } from './upstream.ts'

/** What a decision came to. */
export interface Outcome {
  readonly attempt: Attempt
  readonly target?: Target
  readonly flags: readonly string[]
  /** The answer took this long, with what the proxy itself waited. */
  readonly duration: number
}

export interface ForwardingOptions {
  readonly mesh: Mesh
  readonly sender: Sender
  readonly decision: Decision
  /** The request as it came; the decision says how it leaves. */
  readonly request: TravellingRequest
  readonly at: number
  /** Answers in the place of a destination that does not let the request in. */
  readonly refuse?: (target: Target) => Answer | undefined
}

export const noPeer = (answer: Answer): Attempt => ({ ...answer, isMutual: false })

/** What a proxy does by a decision: faults, the draw of a destination, attempts, timeouts, mirrors. */
export class Forwarding {
  readonly #upstream: Upstream
  readonly #arrive: Arrive
  readonly #random: () => number
  readonly #weights: EvenSequence
  readonly #faults: EvenSequence

  constructor(upstream: Upstream, arrive: Arrive, random: () => number) {
    this.#upstream = upstream
    this.#arrive = arrive
    this.#random = random
    this.#weights = new EvenSequence(random)
    this.#faults = new EvenSequence(random)
  }

  follow(options: ForwardingOptions): Outcome {
    const { mesh, sender, decision, request, at, refuse } = options
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
        const leaving = leavingFor(request, decision, mirror)
        const shadow = { ...leaving, host: `${leaving.host}-shadow` }
        this.#upstream.attempt(mesh, sender, mirror, shadow, at + waited, this.#arrive)
      }
    const refusal = refuse?.(target)
    if (refusal !== undefined) return end(noPeer(refusal), target)
    const attempt = this.#try(options, target, at + waited, flags)
    const changes = target.responseHeaders ?? decision.responseHeaders
    return end(changes === undefined ? attempt : { ...attempt, responseHeaders: changes }, target)
  }

  #try(
    { mesh, sender, decision, request: given }: ForwardingOptions,
    target: Target,
    at: number,
    flags: string[],
  ): Attempt {
    const request = leavingFor(given, decision, target)
    if (decision.isOpaque === true)
      return this.#upstream.attempt(mesh, sender, target, request, at, this.#arrive, true)
    const { timeout, retries } = decision
    const limit = parseDuration(timeout) ?? Infinity
    const tryLimit = parseDuration(retries?.perTryTimeout) ?? Infinity
    let spent = 0
    for (let count = 0; ; count += 1) {
      const patience = Math.min(tryLimit, limit - spent)
      const impatient: TravellingRequest =
        patience === Infinity ? request : { ...request, deadline: at + spent + patience }
      const attempt = this.#upstream.attempt(mesh, sender, target, impatient, at + spent, this.#arrive)
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
      spent += this.#random() * 25 * 2 ** count
    }
  }
}

/** The request as it leaves for a destination, which may have changes of its own. */
export function leavingFor(
  request: TravellingRequest,
  decision: Decision,
  target: Target | undefined,
): TravellingRequest {
  const { host, path, headers } = target?.request ?? decision.request
  return { ...request, host, path, headers }
}
