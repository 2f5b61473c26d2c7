import type { AccessAnswer, AccessQuestion } from '../../shared/contract/contexts.ts'
import type { KubernetesClient } from './kubernetes-client.ts'

const lifetime = 30_000

/** Asks the API server what the user may do, each question at most once in 30 s. */
export function createAccessReviews(now: () => number): {
  ask(
    context: string,
    client: KubernetesClient,
    question: AccessQuestion,
    signal: AbortSignal,
  ): Promise<AccessAnswer>
  forget(context: string): void
} {
  const known = new Map<string, { readonly at: number; readonly answer: AccessAnswer }>()
  return {
    async ask(context, client, question, signal) {
      const { verb, group, plural, subresource, namespace } = question
      const key = JSON.stringify([context, verb, group, plural, subresource, namespace])
      const cached = known.get(key)
      if (cached && now() - cached.at < lifetime) return cached.answer
      const answer = readAnswer(
        await client.readJson({
          method: 'POST',
          path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
          body: JSON.stringify({
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SelfSubjectAccessReview',
            spec: { resourceAttributes: { verb, group, resource: plural, subresource, namespace } },
          }),
          signal,
        }),
        question,
      )
      for (const [old, { at }] of known) if (now() - at >= lifetime) known.delete(old)
      known.set(key, { at: now(), answer })
      return answer
    },
    forget(context) {
      for (const key of known.keys()) if (key.startsWith(`[${JSON.stringify(context)},`)) known.delete(key)
    },
  }
}

/** Source: https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/ */
function readAnswer(review: unknown, { verb, plural, group, namespace }: AccessQuestion): AccessAnswer {
  const { status } = (review ?? {}) as {
    status?: { allowed?: unknown; reason?: unknown; evaluationError?: unknown } | null
  }
  if (status?.allowed === true) return { isAllowed: true, reason: '' }
  const words = [status?.reason, status?.evaluationError].find(
    text => typeof text === 'string' && text !== '',
  )
  const place = namespace === undefined ? 'in the whole cluster' : `in the namespace ${namespace}`
  const type = group === '' ? plural : `${plural}.${group}`
  return {
    isAllowed: false,
    reason: typeof words === 'string' ? words : `Your roles do not allow to ${verb} ${type} ${place}`,
  }
}
