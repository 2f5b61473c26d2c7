import { Readable } from 'node:stream'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { listOf, textOf, valueAt } from '../objects/json.ts'
import { badRequest } from '../objects/status-error.ts'
import type { Workloads } from '../workloads.ts'
import type { Answer, ApiRequest } from './exchange.ts'

const namesIn = (pod: KubernetesObject, field: string): readonly string[] =>
  listOf(valueAt(pod.spec, field)).map(container => textOf(valueAt(container, 'name')))

function containerOf(pod: KubernetesObject, wanted: string): string {
  const containers = namesIn(pod, 'containers')
  const init = namesIn(pod, 'initContainers')
  const { name } = pod.metadata
  if (wanted !== '') {
    if ([...containers, ...init].includes(wanted)) return wanted
    throw badRequest(`container ${wanted} is not valid for pod ${name}`)
  }
  const [only] = containers
  if (only !== undefined && containers.length === 1) return only
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]${init.length === 0 ? '' : ` or one of the init containers: [${init.join(' ')}]`}`,
  )
}

const isTrue = (value: string | null): boolean => value === 'true' || value === '1'

function readNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw badRequest(`${name} must be a whole number, 0 or more`)
  return value
}

/** `GET …/pods/NAME/log`. */
export function podLogs(
  workloads: Workloads,
  request: ApiRequest,
  pod: KubernetesObject,
  now: () => number,
): Answer {
  const { query, signal } = request
  const tailLines = readNumber(query, 'tailLines')
  const sinceTime = query.get('sinceTime')
  const sinceSeconds =
    readNumber(query, 'sinceSeconds') ??
    (sinceTime === null ? undefined : Math.max(0, Math.ceil((now() - Date.parse(sinceTime)) / 1_000)))
  const lines = workloads.readLog(
    pod,
    {
      container: containerOf(pod, query.get('container') ?? ''),
      isFollowed: isTrue(query.get('follow')),
      hasTimestamps: isTrue(query.get('timestamps')),
      ...(tailLines === undefined ? {} : { tailLines }),
      ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    },
    signal,
  )
  return {
    status: 200,
    headers: { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' },
    body: Readable.from(withLineEnds(lines), { objectMode: true }),
  }
}

async function* withLineEnds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`
}
