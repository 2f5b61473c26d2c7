import type { RequestDecision } from '../routing/decide-request.ts'
import type { RoutingRequest } from '../routing/request.ts'
import { decideSimulated } from '../simulation/decide-simulated.ts'
import type { SimulatedMesh } from '../simulation/simulated-mesh.ts'
import { compareDecisions, outcomeWords } from './compare-decisions.ts'
import { findMatchedHeaders, type MatchedHeaders } from './matched-headers.ts'
import type { ObservedRequest, ObservedRequests, UndecidableRequests } from './observed-requests.ts'
import { failingShare, type FailingShare, type RequestFailure } from './request-failure.ts'

/** Requests of one caller to one host that the change treats alike. */
export interface RequestGroup {
  /** `namespace/service` of the caller; `/unknown` where nothing tells. */
  readonly source: string
  /** False for a caller whose requests no proxy sends. */
  readonly hasProxy: boolean
  readonly host: string
  /** `GET /orders`, the most frequent first. */
  readonly requests: readonly string[]
  /** Headers that were seen and that rules ask for: `user-type: beta`. */
  readonly headers: readonly string[]
  readonly isTraced: boolean
  /** Requests a second. */
  readonly rate: number
  /** Of these, how many go elsewhere. */
  readonly movedRate: number
  /** Of these, how many fail that did not fail before; negative where fewer fail. */
  readonly failingRate: number
  /** How they fail after the change, where some do. */
  readonly failure?: RequestFailure
  readonly from: string
  readonly to: string
  /** What else changes for them, in words. */
  readonly handling: readonly string[]
}

/** Requests that may change or not: what was observed does not tell which of the forms they have. */
export interface UndecidedGroup {
  readonly source: string
  readonly hasProxy: boolean
  readonly host: string
  readonly rate: number
  /** Headers that rules ask for and no span records. */
  readonly hiddenHeaders: readonly string[]
  readonly forms: readonly {
    /** `GET /orders`, with `user-type: beta` where a header is part of it. */
    readonly request: string
    readonly from: string
    readonly to: string
    readonly isChanged: boolean
  }[]
}

export interface WhatChanges {
  /** Those that go elsewhere or fail, most failing and most moved requests first. */
  readonly moved: readonly RequestGroup[]
  /** Those that go where they went but are handled otherwise. */
  readonly handled: readonly RequestGroup[]
  /** Requests a second that nothing changes for. */
  readonly sameRate: number
  /** Requests a second of which it is not known whether anything changes for them. */
  readonly undecidedRate: number
  readonly undecided: readonly UndecidedGroup[]
  readonly undecidable: readonly UndecidableRequests[]
  /** Requests a second that will fail and do not now. */
  readonly failingRate: number
  /** All observed requests a second: the sum of the moved, handled, same and undecided ones. */
  readonly observedRate: number
  /** What else could not be known, in sentences. */
  readonly unknown: readonly string[]
}

interface FormChange {
  readonly request: RoutingRequest
  readonly from: string
  readonly to: string
  readonly movedShare: number
  readonly handling: readonly string[]
  readonly failsBefore: FailingShare
  readonly failsAfter: FailingShare
  readonly headers: readonly string[]
  readonly unknown: readonly string[]
  readonly isDenied: boolean
}

const isChanged = ({ movedShare, handling, failsBefore, failsAfter }: FormChange): boolean =>
  movedShare >= 0.0005 || handling.length > 0 || Math.abs(failsAfter.share - failsBefore.share) >= 0.0005

/** Decides each observed request before and after a change, and tells the difference. */
export function findWhatChanges(
  before: SimulatedMesh,
  after: SimulatedMesh,
  { requests, undecidable, connectionEdges }: ObservedRequests,
): WhatChanges {
  const matched: Matched = [findMatchedHeaders(before.objects), findMatchedHeaders(after.objects)]
  const groups = new Map<string, RequestGroup & { parts: Map<string, number> }>()
  const undecided = new Map<string, UndecidedGroup>()
  const extensions = new Map<string, number>()
  let sameRate = 0
  let observedRate = undecidable.reduce((sum, { rate }) => sum + rate, 0)
  for (const item of requests) {
    observedRate += item.rate
    const forms = item.forms.map(form => compareForm(before, after, matched, form))
    const [first] = forms
    if (first === undefined) continue
    for (const name of new Set(forms.flatMap(({ unknown }) => unknown)))
      extensions.set(name, (extensions.get(name) ?? 0) + item.rate)
    if (forms.every(form => !isChanged(form))) sameRate += item.rate
    else if (forms.every(form => isAlike(form, first)) && !(item.isCallerAssumed && first.isDenied))
      addToGroup(groups, item, first)
    else addUndecided(undecided, item, forms)
  }
  const all = [...groups.values()].map(({ parts, ...group }): RequestGroup => ({
    ...group,
    requests: [...parts].sort((a, b) => b[1] - a[1]).map(([line]) => line),
  }))
  const isMoved = ({ movedRate, failingRate }: RequestGroup): boolean =>
    movedRate > 0 || Math.abs(failingRate) > 0
  const open = [...undecided.values()].sort((a, b) => b.rate - a.rate)
  const sumOf = (list: readonly { readonly rate: number }[]): number =>
    list.reduce((sum, { rate }) => sum + rate, 0)
  return {
    moved: all.filter(isMoved).sort((a, b) => b.failingRate - a.failingRate || b.movedRate - a.movedRate),
    handled: all.filter(group => !isMoved(group)).sort((a, b) => b.rate - a.rate),
    sameRate,
    undecidedRate: sumOf(open) + sumOf(undecidable),
    undecided: open,
    undecidable,
    failingRate: all.reduce((sum, { failingRate }) => sum + Math.max(0, failingRate), 0),
    observedRate,
    unknown: [
      ...(requests.some(({ isTraced }) => !isTraced)
        ? [
            'Requests without a trace are evaluated by example: their paths, methods and headers are not known.',
          ]
        : []),
      ...(requests.some(({ isMeasured }) => !isMeasured)
        ? ['Some requests appear in traces only. Their rate is that of the traces, which may be a sample.']
        : []),
      ...(connectionEdges.length > 0
        ? [`Connections that are not read as HTTP are not evaluated: ${connectionEdges.join(', ')}.`]
        : []),
      ...[...extensions].map(
        ([name, rate]) =>
          `${name} may change what happens to ${rate.toFixed(1)} req/s. The objects don’t say how.`,
      ),
    ],
  }
}

type Matched = readonly [MatchedHeaders, MatchedHeaders]

function compareForm(
  before: SimulatedMesh,
  after: SimulatedMesh,
  matched: Matched,
  request: RoutingRequest,
): FormChange {
  const [old, next] = [decideSimulated(before, request), decideSimulated(after, request)]
  const asked = new Set(
    [old, next].flatMap(({ considered }, side) =>
      considered.flatMap(({ route }) => matched[side]?.of(route) ?? []),
    ),
  )
  const isDenied = ({ deniedBy, arrivals }: RequestDecision): boolean =>
    deniedBy !== undefined || arrivals.some(({ isAccepted }) => !isAccepted)
  return {
    request,
    from: outcomeWords(old),
    to: outcomeWords(next),
    ...compareDecisions(old, next),
    failsBefore: failingShare(before, request, old),
    failsAfter: failingShare(after, request, next),
    headers: Object.entries(request.headers)
      .filter(([name]) => asked.has(name))
      .map(([name, value]) => `${name}: ${value}`),
    unknown: [...new Set([...old.unknown, ...next.unknown])],
    isDenied: isDenied(old) || isDenied(next),
  }
}

const isAlike = (one: FormChange, other: FormChange): boolean =>
  one.from === other.from &&
  one.to === other.to &&
  one.handling.join() === other.handling.join() &&
  one.failsAfter.share === other.failsAfter.share &&
  one.failsBefore.share === other.failsBefore.share

function addToGroup(
  groups: Map<string, RequestGroup & { parts: Map<string, number> }>,
  item: ObservedRequest,
  { request, headers, from, to, handling, movedShare, failsBefore, failsAfter }: FormChange,
): void {
  const { source, hasProxy, isTraced, rate } = item
  const { failure } = failsAfter
  const key = JSON.stringify([source, hasProxy, request.host, headers, from, to, handling, isTraced, failure])
  const group = groups.get(key)
  const parts = group?.parts ?? new Map<string, number>()
  const line = `${request.method} ${request.path}`
  parts.set(line, (parts.get(line) ?? 0) + rate)
  groups.set(key, {
    source,
    hasProxy,
    host: request.host,
    headers,
    isTraced,
    from,
    to,
    handling,
    rate: (group?.rate ?? 0) + rate,
    movedRate: (group?.movedRate ?? 0) + rate * movedShare,
    failingRate: (group?.failingRate ?? 0) + rate * (failsAfter.share - failsBefore.share),
    ...(failure === undefined ? {} : { failure }),
    requests: [],
    parts,
  })
}

function addUndecided(
  groups: Map<string, UndecidedGroup>,
  { source, hasProxy, rate, hiddenHeaders }: ObservedRequest,
  changes: readonly FormChange[],
): void {
  const host = changes[0]?.request.host ?? ''
  const forms = changes.map(change => ({
    request: [
      `${change.request.method} ${change.request.path}`,
      ...Object.entries(change.request.headers).map(([name, value]) => `${name}: ${value}`),
    ].join(', '),
    from: change.from,
    to: change.to,
    isChanged: isChanged(change),
  }))
  const key = JSON.stringify([source, hasProxy, host])
  const known = groups.get(key)
  const all = new Map([...(known?.forms ?? []), ...forms].map(form => [form.request, form]))
  groups.set(key, {
    source,
    hasProxy,
    host,
    rate: (known?.rate ?? 0) + rate,
    hiddenHeaders: [...new Set([...(known?.hiddenHeaders ?? []), ...hiddenHeaders])],
    forms: [...all.values()],
  })
}
