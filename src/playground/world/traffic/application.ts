import type { OutboundCall } from './behaviour.ts'
import { drawLatency } from './chance.ts'
import type { Instance } from './instance.ts'
import type { Answer, TravellingRequest } from './request.ts'

/** Sends one request of an application and says how it went. */
export type Send = (request: TravellingRequest, at: number) => Answer

/** Writes a line of an application's log at a moment. */
export type Say = (instance: Instance, at: number, line: string) => void

/**
 * What the application in a pod does with a request: works for a while, longer when it has more to do than it can,
 * calls others, and sometimes fails.
 */
export function runApplication(
  instance: Instance,
  request: TravellingRequest,
  at: number,
  random: () => number,
  send: Send,
  say: Say,
): Answer {
  const { behaviour } = instance
  instance.busyUntil = instance.busyUntil.filter(end => end > at)
  const load = instance.busyUntil.length / behaviour.concurrency
  const slowness = load <= 0.5 ? 1 : load <= 1 ? 1 + (load - 0.5) : 1.5 * load * load
  const own = drawLatency(random, behaviour.latency) * slowness
  const answer = (status: number, duration: number): Answer => {
    instance.busyUntil.push(at + duration)
    const time = new Date(at + duration).toISOString()
    say(instance, at + duration, appLine(instance, time, request, status, duration))
    const responseBytes = status >= 400 ? 64 : Buffer.byteLength(describeAnswer(instance, request))
    return { status, flags: [], details: 'via_upstream', duration, responseBytes, by: instance }
  }
  if (load > 3) return answer(503, own * 0.1)
  if (random() < behaviour.errorShare) return answer(500, own * 0.6)
  let spent = own * 0.4
  for (const call of behaviour.calls) {
    if (random() >= call.share) continue
    const result = send(outgoing(call, request), at + spent)
    spent += result.duration
    if (result.status >= 400 && !call.isOptional) return answer(result.status < 500 ? 500 : 502, spent)
  }
  return answer(200, spent + own * 0.6)
}

/** What an application sends on: its own call with the headers of tracing and those that it forwards. */
export function outgoing(
  call: OutboundCall,
  { headers, deadline: _deadline, tls: _tls, ...request }: TravellingRequest,
): TravellingRequest {
  const passed = call.forwards.flatMap(name => {
    const value = headers[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...request,
    hops: (request.hops ?? 0) + 1,
    method: call.method,
    host: call.host,
    port: call.port,
    path: call.path,
    headers: {
      'user-agent': 'mesh-workbench-playground',
      'x-request-id': request.requestId,
      ...Object.fromEntries(passed),
    },
    requestBytes: call.method === 'POST' ? 128 : 0,
  }
}

function appLine(
  { stack, app, version }: Instance,
  time: string,
  { method, path, requestId }: TravellingRequest,
  status: number,
  duration: number,
): string {
  const milliseconds = duration.toFixed(1)
  if (stack === 'dotnet')
    return `info: Microsoft.AspNetCore.Hosting.Diagnostics[2] Request finished HTTP/1.1 ${method} ${path} - ${status} ${milliseconds}ms`
  return JSON.stringify({
    time,
    level: status >= 500 ? 'error' : 'info',
    app,
    version,
    message: `${method} ${path} ${status}`,
    durationMs: Number(milliseconds),
    requestId,
  })
}

/** The text of the application's answer: a page of the frontends, JSON of the others. */
export function describeAnswer(
  {
    app,
    version,
    name,
    namespace,
    stack,
  }: Pick<Instance, 'app' | 'version' | 'name' | 'namespace' | 'stack'>,
  { method, path }: Pick<TravellingRequest, 'method' | 'path'>,
): string {
  if (stack === 'Angular')
    return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${app}</title></head><body><app-root data-version="${version}"><h1>${app} ${version}</h1><p>Answered by ${name} in ${namespace}.</p></app-root></body></html>\n`
  return `${JSON.stringify({ service: app, version, pod: name, namespace, request: `${method} ${path.replace(/[<>&]/g, '')}` })}\n`
}
