import { parseObject } from '../../domain/kubernetes/parse-object.ts'
import type { Problem } from '../../domain/problem.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient, KubernetesRequest } from './kubernetes-client.ts'
import { tooLarge } from './response-body.ts'

/** How much of one list is read: a cluster of 5,000 nodes has 150,000 pods. */
export const LIST_LIMITS = { maxPages: 1000, maxItems: 200_000, maxBytes: 512 * 1024 * 1024 }

export interface WholeList {
  readonly items: readonly KubernetesObject[]
  readonly resourceVersion: string
  /** Says that items were left out because they are not objects; undefined where all are. */
  readonly problem?: Problem
}

/**
 * A list whole, read page by page. Throws `too-large` for a list without an end. Items that are no objects are left out
 * and told. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export async function readList(
  client: KubernetesClient,
  { path, query }: Pick<KubernetesRequest, 'path' | 'query'>,
  signal: AbortSignal,
  limits = LIST_LIMITS,
): Promise<WholeList> {
  const items: KubernetesObject[] = []
  const seen = new Set<string>()
  let bytes = 0
  let skipped = 0
  let next: string | undefined
  for (let pages = 1; ; pages += 1) {
    const page = fieldsOf(
      await client.readJson({
        path,
        query: { ...query, continue: next },
        signal,
        onSize: size => (bytes += size),
      }),
    )
    const metadata = fieldsOf(page['metadata'])
    // Items of a list come without apiVersion and kind; the list's kind is theirs and `List`.
    const type = {
      apiVersion: textOf(page['apiVersion']),
      kind: textOf(page['kind']).replace(/List$/, ''),
    }
    for (const item of Array.isArray(page['items']) ? (page['items'] as unknown[]) : []) {
      const object = parseObject(item, type)
      if (object) items.push(object)
      else skipped += 1
    }
    next = textOf(metadata['continue'])
    if (next === '') {
      const problem = skipped === 0 ? undefined : skippedProblem(type.kind || path, skipped)
      return { items, resourceVersion: textOf(metadata['resourceVersion']), ...(problem ? { problem } : {}) }
    }
    if (
      seen.has(next) ||
      pages >= limits.maxPages ||
      items.length > limits.maxItems ||
      bytes > limits.maxBytes
    )
      throw tooLarge(
        `The list ${path} has no end: ${items.length} items in ${pages} pages, and the server has more`,
      )
    seen.add(next)
  }
}

/** What is told of items or events that are no objects. */
export const skippedProblem = (kind: string, count: number): Problem => ({
  code: 'invalid',
  message: `${count === 1 ? 'An item' : `${count} items`} of ${kind} could not be read and ${count === 1 ? 'is' : 'are'} left out`,
  hint: 'The server sent an entry that is not an object. The others are shown.',
})

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
