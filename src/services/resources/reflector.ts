import { ProblemError, toProblem, type Problem } from '../../domain/problem.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { parseObject } from '../../domain/kubernetes/parse-object.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'
import { readList, skippedProblem } from '../clusters/list-pages.ts'
import { isAborted, pause as realPause, type Pause } from '../clusters/pause.ts'

/** Where a reflector tells what it sees. */
export interface ReflectorListener {
  /** The whole list, in place of what was known. */
  replace(items: readonly KubernetesObject[]): void
  put(object: KubernetesObject): void
  remove(object: KubernetesObject): void
  /** The list cannot be read or followed; it is tried again. */
  fail(problem: Problem): void
  /** The list is followed: whatever failure was told is over. */
  open(): void
}

export interface ReflectorOptions {
  readonly client: KubernetesClient
  /** Of the list, for example `/api/v1/pods`. */
  readonly path: string
  /** Follows only what it selects: `metadata.name=web`. */
  readonly fieldSelector?: string
  readonly listener: ReflectorListener
  readonly signal: AbortSignal
  /** Resolves when trying makes sense: at once while the connection is live, else when it is. */
  readonly ready?: (signal: AbortSignal) => Promise<void>
  readonly pageSize?: number
  readonly pause?: Pause
  readonly now?: () => number
  readonly random?: () => number
}

/** At most one attempt in this time, whatever happens. */
const shortestGap = 1000
const longestDelay = 30_000
/** A refusal changes when roles change, a missing type when its CRD comes: looked at now and then. */
const refusedDelay = 15_000
/** After so many failures at one resourceVersion without progress the list is read anew. */
const patience = 5

interface WatchEvent {
  readonly type?: unknown
  readonly object?: unknown
}

/**
 * Keeps a copy of a list: reads it in pages, watches from its resourceVersion, resumes after every break, and reads
 * it anew only when the server no longer knows the version (410). Ends with its signal; never throws.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export async function reflect(options: ReflectorOptions): Promise<void> {
  const { client, path, fieldSelector, listener, signal, ready, pageSize = 500 } = options
  const { pause = realPause, now = Date.now, random = Math.random } = options
  /** Empty: the list has to be read. */
  let resourceVersion = ''
  let failures = 0
  /** Events that could not be understood, one after the other. */
  let broken = 0
  let told: string | undefined
  /** Items or events that are no objects; told until the list is read anew. */
  let partial: Problem | undefined

  const advance = (version: string | undefined): void => {
    if (version !== undefined && version !== '') resourceVersion = version
    failures = 0
    broken = 0
  }

  while (!signal.aborted) {
    await ready?.(signal)
    if (isAborted(signal)) return
    const startedAt = now()
    let delay = 0
    try {
      if (resourceVersion === '') {
        const list = await readList(client, { path, query: { fieldSelector, limit: pageSize } }, signal)
        listener.replace(list.items)
        partial = list.problem
        advance(list.resourceVersion)
      }
      await follow()
    } catch (error) {
      if (isAborted(signal)) return
      const problem = toProblem(error)
      // The old copy stays until the new list is there; that is no failure anybody has to see.
      const isExpired = problem.code === 'gone' && resourceVersion !== ''
      if (isExpired) resourceVersion = ''
      else {
        failures += 1
        // A line without an end comes again at the same version: in the end the list is read anew.
        if (problem.code === 'too-large' && resourceVersion !== '') broken += 1
        if (broken >= patience) {
          broken = 0
          resourceVersion = ''
        }
        // One cut is the normal end of a connection; only what lasts is shown.
        const isWorthTelling = failures > 1 || resourceVersion === '' || isRefusal(problem)
        if (isWorthTelling && told !== problem.message) {
          told = problem.message
          listener.fail(problem)
        }
        delay = isRefusal(problem) ? refusedDelay : backoff(failures, random)
      }
    }
    const wait = Math.max(delay, startedAt + shortestGap * (1 + random() / 4) - now())
    if (wait > 0) await pause(wait, signal)
  }

  async function follow(): Promise<void> {
    const lines = client.readLines({
      path,
      query: {
        fieldSelector,
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion,
        // Not all watches end at once. Source: client-go, reflector.go, minWatchTimeout.
        timeoutSeconds: Math.round(300 + random() * 300),
      },
      signal,
      onOpen() {
        told = undefined
        listener.open()
        if (partial) listener.fail(partial)
      },
    })
    for await (const line of lines) {
      if (signal.aborted) return
      if (line.trim() === '') continue
      // Counted before it is understood; an event that is resets the count.
      broken += 1
      take(parseEvent(line))
    }
  }

  function take({ type, object }: WatchEvent): void {
    const fields = fieldsOf(object)
    if (type === 'ERROR' || object === undefined) {
      const { code, message } = fields
      throw new ProblemError({
        code: code === 410 ? 'gone' : 'unreachable',
        message: `The watch of ${path} was ended by the server: ${typeof message === 'string' ? message : 'no reason given'}`,
        hint: 'It is resumed by itself.',
      })
    }
    const version = fieldsOf(fields['metadata'])['resourceVersion']
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') {
      const known = parseObject(object)
      if (known === undefined) {
        partial = skippedProblem(typeof fields['kind'] === 'string' ? fields['kind'] : path, 1)
        listener.fail(partial)
      } else if (type === 'DELETED') listener.remove(known)
      else listener.put(known)
    }
    advance(typeof version === 'string' ? version : undefined)
  }
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}

/** What trying again soon does not change. */
const isRefusal = ({ code }: Problem): boolean =>
  ['forbidden', 'unauthorized', 'restricted', 'not-found', 'unsupported', 'invalid', 'too-large'].includes(
    code,
  )

/** 1 to 2 s at first, so that a server that is back is seen at once; slower when it lasts. */
function backoff(failures: number, random: () => number): number {
  const base = failures < 10 ? 1000 : Math.min(longestDelay / 2, 1000 * 1.5 ** (failures - 9))
  return base + random() * base
}

function parseEvent(line: string): WatchEvent {
  try {
    const event: unknown = JSON.parse(line)
    if (typeof event === 'object' && event !== null) return event
  } catch {
    // Half a line of a connection that was cut, or a proxy's words: resumed from the last good event.
  }
  throw new ProblemError({
    code: 'unreachable',
    message: 'The watch sent an invalid event',
    hint: 'It is resumed from the last good event.',
    raw: line.slice(0, 500),
  })
}
