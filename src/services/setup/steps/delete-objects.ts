import { ProblemError } from '../../../domain/problem.ts'
import { resourceIdOf, type KubernetesObject } from '../../../domain/resources/kubernetes-object.ts'
import { addressOf } from '../../changes/object-addresses.ts'
import { readLive } from '../../changes/read-live.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { pause } from '../../clusters/pause.ts'

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

const LOOK_AGAIN = 500

/** Waits until a namespace is gone with all that was in it; says what holds it where it does not go. */
export async function waitUntilGone({
  client,
  namespace,
  signal,
  longest,
  report,
}: {
  readonly client: KubernetesClient
  readonly namespace: string
  readonly signal: AbortSignal
  readonly longest: number
  readonly report: (progress: number | undefined, note?: string) => void
}): Promise<void> {
  const late = AbortSignal.timeout(longest)
  for (;;) {
    signal.throwIfAborted()
    const live = await readLive(client, `/api/v1/namespaces/${encodeURIComponent(namespace)}`, signal)
    if (!live) return
    report(undefined, `Waiting until the namespace ${namespace} is gone`)
    if (late.aborted) {
      const { conditions = [] } = (live.status ?? {}) as {
        readonly conditions?: readonly { readonly status: string; readonly message?: string }[]
      }
      const reasons = conditions
        .filter(({ status }) => status === 'True')
        .flatMap(({ message }) => message ?? [])
      throw new ProblemError({
        code: 'conflict',
        message: `The namespace ${namespace} is still being deleted after ${Math.round(longest / 1000)} s${reasons[0] === undefined ? '' : `: ${reasons[0]}`}`,
        hint: 'Look for objects with finalizers in it; then run this again, it goes on here.',
        ...(reasons.length === 0 ? {} : { raw: reasons.join('\n') }),
      })
    }
    await pause(LOOK_AGAIN, signal)
  }
}
