import { ProblemError } from '../../domain/problem.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient } from './kubernetes-client.ts'
import { readList } from './list-pages.ts'

/** Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks */
const CHUNK = 500

/** The items of a list, fetched in chunks; none where the kind is not served. */
export async function listItems(
  client: KubernetesClient,
  path: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  try {
    return (await readList(client, { path, query: { ...query, limit: CHUNK } }, signal)).items
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'not-found') return []
    throw error
  }
}

/** The items of a list as their kind declares them, without what is no object: null for example. */
export async function readItems<Item>(
  client: KubernetesClient,
  { path, query = {} }: { readonly path: string; readonly query?: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<readonly Item[]> {
  const { items } = await readList(client, { path, query: { ...query, limit: CHUNK } }, signal)
  return items as unknown as readonly Item[]
}
