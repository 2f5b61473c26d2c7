import { ProblemError } from '../../../domain/problem.ts'
import { resourceIdOf, type KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { readYamlDocuments } from '../../../domain/yaml/read-yaml.ts'
import { addressOf, type ObjectAddress } from '../../changes/object-addresses.ts'
import { FIELD_MANAGER } from '../../changes/prepared-step.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { pollUntil } from '../../clusters/poll-until.ts'

/** The objects of a manifest in its order, Lists taken apart. */
export function readObjects(text: string): readonly KubernetesObject[] {
  return readYamlDocuments(text).flatMap(flatten)
}

function flatten(value: unknown): readonly KubernetesObject[] {
  if (typeof value !== 'object' || value === null) return []
  if ('kind' in value && value.kind === 'List' && 'items' in value && Array.isArray(value.items))
    return value.items.flatMap(flatten)
  return [value as KubernetesObject]
}

/** A new CRD is served within about a second; longer means that it is rejected. */
const SERVED_TIMEOUT_MS = 30_000
const POLL_INTERVAL_MS = 500

export interface ApplyRequest {
  readonly client: KubernetesClient
  readonly objects: readonly KubernetesObject[]
  readonly namespace?: string
  readonly signal: AbortSignal
  readonly onApplied?: (count: number, object: KubernetesObject) => void
}

/**
 * Server-side apply of each object in order; twice gives the same. Objects of a kind that is not served yet are waited
 * for, as their CRD may have come just before.
 */
export async function applyObjects(request: ApplyRequest): Promise<void> {
  const { client, objects, namespace = 'default', signal } = request
  for (const [index, object] of objects.entries()) {
    const { path } = await findAddress(client, object, namespace, signal)
    await client.readJson({
      method: 'PATCH',
      path,
      query: { fieldManager: FIELD_MANAGER, force: true },
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify(object),
      signal,
    })
    request.onApplied?.(index + 1, object)
  }
}

function findAddress(
  client: KubernetesClient,
  object: KubernetesObject,
  namespace: string,
  signal: AbortSignal,
): Promise<ObjectAddress> {
  let missing: ProblemError | undefined
  return pollUntil(
    async () => {
      try {
        return await addressOf(client, resourceIdOf(object), namespace, signal)
      } catch (error) {
        if (!(error instanceof ProblemError) || error.problem.code !== 'not-found') throw error
        missing = error
        return undefined
      }
    },
    () => missing ?? new ProblemError({ code: 'not-found', message: `${object.kind} is not served` }),
    { intervalMs: POLL_INTERVAL_MS, timeoutMs: SERVED_TIMEOUT_MS, signal },
  )
}
