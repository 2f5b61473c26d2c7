import { decideSimulated } from '../simulation/decide-simulated.ts'
import type { SimulatedMesh } from '../simulation/simulated-mesh.ts'
import { compareDecisions, outcomeWords } from './compare-decisions.ts'
import { findMatchedHeaders } from './matched-headers.ts'
import type { SeenRequest } from './seen-request.ts'

/** Requests of one caller to one host that the change treats alike. */
export interface RequestGroup {
  /** `namespace/service` of the caller. */
  readonly source: string
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
  readonly from: string
  readonly to: string
  /** What else changes for them, in words. */
  readonly handling: readonly string[]
}

export interface WhatChanges {
  /** Those that go elsewhere, most moved requests first. */
  readonly moved: readonly RequestGroup[]
  /** Those that go where they went but are handled otherwise. */
  readonly handled: readonly RequestGroup[]
  /** Requests a second that nothing changes for. */
  readonly sameRate: number
  /** What could not be known, in sentences. */
  readonly unknown: readonly string[]
}

/** Decides each seen request before and after a change, and tells the difference. */
export function findWhatChanges(
  before: SimulatedMesh,
  after: SimulatedMesh,
  seen: readonly SeenRequest[],
): WhatChanges {
  const matched = [findMatchedHeaders(before.objects), findMatchedHeaders(after.objects)]
  const groups = new Map<string, RequestGroup & { parts: Map<string, number> }>()
  const hidden = new Map<string, number>()
  const extensions = new Set<string>()
  let sameRate = 0
  for (const item of seen) {
    const [old, next] = [decideSimulated(before, item.request), decideSimulated(after, item.request)]
    for (const name of [...old.unknown, ...next.unknown]) extensions.add(name)
    const asked = new Set(
      [old, next].flatMap(({ considered }, side) =>
        considered.flatMap(({ route }) => matched[side]?.of(route) ?? []),
      ),
    )
    const missing = item.unknownHeaders.filter(name => asked.has(name))
    for (const name of missing) hidden.set(name, (hidden.get(name) ?? 0) + item.rate)
    const { movedShare, handling } = compareDecisions(old, next)
    if (movedShare < 0.0005 && handling.length === 0) {
      sameRate += item.rate
      continue
    }
    const { request, source, isTraced } = item
    const headers = Object.entries(request.headers)
      .filter(([name]) => asked.has(name))
      .map(([name, value]) => `${name}: ${value}`)
    const words = { from: outcomeWords(old), to: outcomeWords(next) }
    const key = JSON.stringify([source, request.host, headers, words, handling, isTraced])
    const group = groups.get(key)
    const parts = group?.parts ?? new Map<string, number>()
    const line = `${request.method} ${request.path}`
    parts.set(line, (parts.get(line) ?? 0) + item.rate)
    groups.set(key, {
      source,
      host: request.host,
      headers,
      isTraced,
      ...words,
      handling,
      rate: (group?.rate ?? 0) + item.rate,
      movedRate: (group?.movedRate ?? 0) + item.rate * movedShare,
      requests: [],
      parts,
    })
  }
  const all = [...groups.values()].map(({ parts, ...group }): RequestGroup => ({
    ...group,
    requests: [...parts].sort((a, b) => b[1] - a[1]).map(([line]) => line),
  }))
  return {
    moved: all.filter(({ movedRate }) => movedRate > 0).sort((a, b) => b.movedRate - a.movedRate),
    handled: all.filter(({ movedRate }) => movedRate === 0).sort((a, b) => b.rate - a.rate),
    sameRate,
    unknown: [
      ...[...hidden].map(
        ([name, rate]) =>
          `The spans of ${rate.toFixed(1)} requests a second do not tell the header ${name}; they were decided without it.`,
      ),
      ...(seen.some(({ isTraced }) => !isTraced)
        ? ['Requests without a trace were decided as GET /: their paths, methods and headers are not known.']
        : []),
      ...[...extensions].map(name => `${name} may change where requests go; the objects do not tell how.`),
    ],
  }
}
