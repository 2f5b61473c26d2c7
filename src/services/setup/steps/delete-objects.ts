import { fieldsOf, listOf, textOf } from '../../../domain/istio/fields/read-fields.ts'
import { ProblemError } from '../../../domain/problem.ts'
import { resourceIdOf, type KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { addressOf } from '../../changes/object-addresses.ts'
import { readLive } from '../../changes/read-live.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { pollUntil } from '../../clusters/poll-until.ts'

export interface DeleteRequest {
  readonly client: KubernetesClient
  readonly objects: readonly KubernetesObject[]
  readonly namespace?: string
  readonly signal: AbortSignal
  readonly onDeleted?: (count: number, object: KubernetesObject) => void
}

const isMissing = (error: unknown): boolean =>
  error instanceof ProblemError && error.problem.code === 'not-found'

/** Deletes objects in order; one that is gone, or whose kind is gone, is what was wanted. */
export async function deleteObjects(request: DeleteRequest): Promise<void> {
  const { client, objects, namespace = 'default', signal } = request
  for (const [index, object] of objects.entries()) {
    try {
      const { path } = await addressOf(client, resourceIdOf(object), namespace, signal)
      const body = JSON.stringify({ propagationPolicy: 'Background' })
      await client.readJson({ method: 'DELETE', path, body, signal })
    } catch (error) {
      if (!isMissing(error)) throw error
    }
    request.onDeleted?.(index + 1, object)
  }
}

const POLL_INTERVAL_MS = 500

export interface WaitUntilGoneRequest {
  readonly client: KubernetesClient
  readonly namespace: string
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly report: (progress: number | undefined, note?: string) => void
}

/** Waits until a namespace is gone with all that was in it; says what holds it where it does not go. */
export async function waitUntilGone(request: WaitUntilGoneRequest): Promise<void> {
  const { client, namespace, signal, timeoutMs, report } = request
  let last: KubernetesObject | undefined
  await pollUntil(
    async () => {
      last = await readLive(client, `/api/v1/namespaces/${encodeURIComponent(namespace)}`, signal)
      if (!last) return true
      report(undefined, `Waiting until the namespace ${namespace} is gone`)
      return undefined
    },
    () => explainStuck(namespace, last, timeoutMs),
    { intervalMs: POLL_INTERVAL_MS, timeoutMs, signal },
  )
}

function explainStuck(
  namespace: string,
  live: KubernetesObject | undefined,
  timeoutMs: number,
): ProblemError {
  const reasons = listOf(fieldsOf(live?.status)['conditions'])
    .map(fieldsOf)
    .filter(({ status }) => status === 'True')
    .flatMap(({ message }) => textOf(message) ?? [])
  return new ProblemError({
    code: 'conflict',
    message: `The namespace ${namespace} is still being deleted after ${Math.round(timeoutMs / 1000)} s${reasons[0] === undefined ? '' : `: ${reasons[0]}`}`,
    hint: 'Look for objects with finalizers in it. Then run this again to continue.',
    ...(reasons.length === 0 ? {} : { raw: reasons.join('\n') }),
  })
}
