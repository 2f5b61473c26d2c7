import { parse } from 'yaml'
import type { RequestDecision } from '../routing/decide-request.ts'
import type { RoutingRequest } from '../routing/request.ts'
import { applyChanges } from '../yaml/apply-change.ts'
import { parseManifest } from '../yaml/manifest.ts'
import { isFirstInLine, lineEndingOf } from '../yaml/lines.ts'
import { printBlock } from '../yaml/print-value.ts'
import { applyTextEdits } from '../yaml/text-edit.ts'

const STYLE = { step: 2, listStep: 0, hasFlowPadding: false, lineEnding: '\n' } as const

/** The YAML of a test that says what happens to a request now: one item of a list, with its dash. */
export function routeTestOf(name: string, request: RoutingRequest, decision: RequestDecision): string {
  return `${printBlock([{ name, request: writeRequest(request), expect: expectationOf(request, decision) }], 0, STYLE)}\n`
}

/**
 * Adds a test, as `routeTestOf` writes it, behind the last of a text. Every character of the text stays. Throws a
 * `ProblemError` where the text is broken or is no list.
 */
export function addRouteTest(text: string, test: string): string {
  const { documents, problems } = parseManifest(text)
  const [item] = parse(test) as unknown[]
  const last = documents.at(-1)
  const lineEnding = lineEndingOf(text)
  const fresh = test.replaceAll('\n', lineEnding)
  if (last === undefined && problems.length === 0)
    return text + (text === '' || text.endsWith('\n') ? '' : lineEnding) + fresh
  if (last?.root !== undefined && Array.isArray(last.value) && last.value.length === 0) {
    const [start, end] = last.root.range
    return (
      text.slice(0, start) +
      (isFirstInLine(text, start) ? '' : lineEnding) +
      fresh.trimEnd() +
      text.slice(end)
    )
  }
  const index = Array.isArray(last?.value) ? last.value.length : 0
  const edits = applyChanges(text, last?.index ?? 0, [{ kind: 'insert', path: [], index, value: item }])
  return applyTextEdits(text, edits)
}

/** A request in the words of a test. */
export function writeRequest(request: RoutingRequest): Readonly<Record<string, unknown>> {
  const { from, scheme, method, host, port, path, headers, tls, sni, protocol } = request
  const isUsualPort = port === (scheme === 'https' ? 443 : 80)
  const isUsualTls = tls === (scheme === 'https' ? 'simple' : 'none')
  // A Host header with a port of its own cannot be told from the port of the connection in a URL.
  const isHostApart = host.includes(':') && !host.startsWith('[')
  const authority = isHostApart ? host.slice(0, host.indexOf(':')) : host
  return {
    from: {
      namespace: from.namespace,
      ...(Object.keys(from.labels).length === 0 ? {} : { labels: from.labels }),
      ...(from.serviceAccount === undefined ? {} : { serviceAccount: from.serviceAccount }),
      ...(from.kind === 'workload' && from.hasProxy !== undefined ? { proxy: from.hasProxy } : {}),
    },
    url: `${scheme}://${authority}${isUsualPort ? '' : `:${String(port)}`}${path}`,
    ...(method === 'GET' ? {} : { method }),
    ...(isHostApart ? { host } : {}),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(isUsualTls ? {} : { tls }),
    ...(sni === undefined ? {} : { sni }),
    ...(protocol === undefined ? {} : { protocol }),
  }
}

/** What a decision says, as far as a test should hold on to it. */
function expectationOf(
  request: RoutingRequest,
  decision: RequestDecision,
): Readonly<Record<string, unknown>> {
  const {
    outcome,
    reason,
    status,
    route,
    destinations,
    request: leaving,
    location,
    timeout,
    deniedBy,
  } = decision
  if (reason === 'denied')
    return {
      denied: true,
      ...(deniedBy === undefined ? {} : { by: `${deniedBy.kind} ${deniedBy.namespace}/${deniedBy.name}` }),
    }
  const isForwarded = outcome === 'forwarded'
  return {
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(status === undefined ? {} : { status }),
    ...(route === undefined
      ? {}
      : { route: `${route.kind} ${route.namespace}/${route.name}`, rule: route.ruleName ?? route.rule }),
    ...(isForwarded
      ? {
          destinations: destinations.map(({ host, port, subset, weight }) => ({
            host,
            port,
            ...(subset === undefined ? {} : { subset }),
            weight,
          })),
        }
      : {}),
    ...(isForwarded && leaving.path !== request.path ? { path: leaving.path } : {}),
    ...(isForwarded && leaving.host !== request.host ? { host: leaving.host } : {}),
    ...(location === undefined ? {} : { location }),
    ...(timeout === undefined ? {} : { timeout }),
  }
}
