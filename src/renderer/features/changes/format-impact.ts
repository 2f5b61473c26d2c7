import type { RequestFailure } from '../../../domain/impact/request-failure.ts'
import type { UndecidableRequests } from '../../../domain/impact/observed-requests.ts'
import type { RequestGroup, WhatChanges } from '../../../domain/impact/what-changes.ts'

/** The worst that a change does to observed requests. */
export interface WorstFinding {
  readonly tone: 'bad' | 'warning' | 'plain'
  /** What kind it is: `1 group of requests will fail`. */
  readonly badge: string
  /** `3.4 req/s from shop/stock-import will get 503`. */
  readonly title: string
  /** Why: the policy or the rule, and what it says. */
  readonly cause?: string
}

export const formatRate = (rate: number): string =>
  `${rate < 0.1 ? '< 0.1' : rate < 100 ? rate.toFixed(1) : rate.toFixed(0)} req/s`

/** `stock-import (no proxy)`, `an unknown caller without a proxy`. */
export function formatCaller({ source, hasProxy }: Pick<RequestGroup, 'source' | 'hasProxy'>): string {
  if (source.endsWith('/unknown')) return 'callers without a proxy'
  const name = source.startsWith('/') ? source.slice(1) : source
  return hasProxy ? name : `${name} (no proxy)`
}

/** `will get 503`, `will lose their connection`. */
export const formatFailure = ({ status }: RequestFailure): string =>
  status === undefined ? 'will lose their connection' : `will get ${String(status)}`

const REASONS: Readonly<Record<RequestFailure['reason'], string>> = {
  'no-listener': 'nothing listens on the port',
  'no-filter-chain': 'no server takes the name',
  'no-virtual-host': 'no host takes the request',
  'no-route': 'no rule takes the request',
  'tls-redirect': 'plain requests are redirected to HTTPS',
  'tls-error': 'the TLS handshake fails',
  'mtls-error': 'mutual TLS is required',
  'protocol-error': 'the port speaks another protocol',
  denied: 'denied',
  'no-destination': 'the destination does not exist',
  'no-endpoints': 'the destination has no ready pods',
  fault: 'an injected fault aborts them',
  response: 'the rule answers them itself',
}

/** `PeerAuthentication shop/default: mutual TLS is required`. */
export function formatCause({ by, destination, explanation, reason }: RequestFailure): string {
  const name = by === undefined ? '' : `${by.kind} ${by.namespace}/${by.name}`
  // Most explanations name the object themselves.
  const object = name === '' || explanation?.includes(name) === true ? '' : `${name}: `
  const where = destination === undefined ? '' : ` (${destination})`
  return `${object}${explanation ?? `${REASONS[reason]}${where}`}`
}

const count = (number: number, noun: string): string => `${String(number)} ${noun}${number === 1 ? '' : 's'}`

/** What the review opens with; undefined until requests were looked at. */
export function worstFinding(changes: WhatChanges): WorstFinding {
  const { moved, handled, undecidedRate, observedRate, sameRate } = changes
  const failing = moved.filter(({ failingRate }) => failingRate > 0)
  const [worst] = failing
  if (worst !== undefined) {
    const { failure, failingRate } = worst
    return {
      tone: 'bad',
      badge: `${count(failing.length, 'group')} of requests will fail`,
      title: `${formatRate(failingRate)} from ${formatCaller(worst)} ${failure === undefined ? 'will fail' : formatFailure(failure)}`,
      ...(failure === undefined ? {} : { cause: formatCause(failure) }),
    }
  }
  const [first] = moved
  if (first !== undefined) {
    const rate = moved.reduce((sum, { movedRate }) => sum + movedRate, 0)
    return rate === 0
      ? {
          tone: 'plain',
          badge: 'Fewer requests fail',
          title: `${formatRate(-first.failingRate)} from ${formatCaller(first)} will no longer fail`,
        }
      : {
          tone: 'warning',
          badge: `${count(moved.length, 'group')} of requests rerouted`,
          title: `${formatRate(rate)} will be rerouted`,
          cause: `${formatCaller(first)} to ${first.host}: ${first.from} → ${first.to}`,
        }
  }
  if (undecidedRate > 0)
    return {
      tone: 'warning',
      badge: 'Not all requests could be evaluated',
      title: `${formatRate(undecidedRate)} of ${formatRate(observedRate)} may change`,
      cause: 'Too little is known about them',
    }
  const [other] = handled
  if (other !== undefined)
    return {
      tone: 'plain',
      badge: 'Handled differently',
      title: `${formatRate(handled.reduce((sum, { rate }) => sum + rate, 0))} will be handled differently`,
      cause: other.handling.join(' · '),
    }
  return observedRate === 0
    ? {
        tone: 'plain',
        badge: 'Impact unknown',
        title: 'No requests were observed, so their impact is not known',
      }
    : {
        tone: 'plain',
        badge: 'No rerouting',
        title: `No observed request is rerouted (${formatRate(sameRate)} observed)`,
      }
}

const UNDECIDABLE: Readonly<Record<UndecidableRequests['reason'], string>> = {
  'no-service': 'the cluster has no Service or ServiceEntry of this name',
  'not-http': 'the connection is not read as HTTP',
  'no-route': 'no rule of the gateway routes there',
}
export const formatUndecidable = ({ reason }: UndecidableRequests): string => UNDECIDABLE[reason]
