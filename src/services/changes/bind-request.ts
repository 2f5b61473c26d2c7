import type { Problem } from '../../domain/problem.ts'
import type { KubernetesObject, ResourceId } from '../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesRequest } from '../clusters/kubernetes-client.ts'

/**
 * No object has it: etcd's first revision holds no key. A server-side apply that names it makes a new object, and is a
 * conflict where somebody else has made one meanwhile; it has no other way to say "only where there is none".
 */
const VERSION_OF_NONE = '1'

type Fields = Readonly<Record<string, unknown>>

const withMetadata = (body: string | undefined, more: Fields): string => {
  const object = JSON.parse(body ?? '{}') as Fields
  return JSON.stringify({ ...object, metadata: { ...(object['metadata'] as Fields | undefined), ...more } })
}

/**
 * The request so that the server carries it out only where the object is still the one that was planned with.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply (optimistic concurrency)
 */
export function bindRequest(
  request: KubernetesRequest,
  live: KubernetesObject | undefined,
): KubernetesRequest {
  const { uid, resourceVersion } = live?.metadata ?? {}
  switch (request.method) {
    case 'DELETE':
      return {
        ...request,
        body: JSON.stringify({
          ...(JSON.parse(request.body ?? '{}') as Fields),
          preconditions: { uid, resourceVersion },
        }),
      }
    case 'PATCH':
      return {
        ...request,
        body: withMetadata(
          request.body,
          live ? { uid, resourceVersion } : { resourceVersion: VERSION_OF_NONE },
        ),
      }
    case 'PUT':
      return { ...request, body: withMetadata(request.body, { uid, resourceVersion }) }
    default:
      // A POST fails by itself where there is an object of that name.
      return request
  }
}

/** The object is not the one any more that the user has seen in the review. */
export const changedProblem = ({ kind, name }: Pick<ResourceId, 'kind' | 'name'>): Problem => ({
  code: 'conflict',
  message: `${kind} ${name} was changed in the cluster after this change was reviewed`,
  hint: 'Review the difference again, then apply it.',
})
