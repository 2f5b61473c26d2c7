import type { KubernetesObject, ResourceId } from '../../domain/kubernetes/kubernetes-object.ts'
import type { ChangeStep } from '../../shared/contract/changes.ts'
import type { KubernetesRequest, KubernetesResponse } from '../clusters/kubernetes-client.ts'

/** What would be sent for one object. */
export interface Operation {
  readonly id: ResourceId
  readonly action: 'apply' | 'replace' | 'create' | 'delete' | 'nothing'
  /** Absent for `nothing`. It is bound to the state of the object when it is sent. */
  readonly request?: KubernetesRequest
  /** Of the object itself, as the request may go to its list. */
  readonly path: string
  readonly live: KubernetesObject | undefined
}

/** A step as the user sees it, and what applies it. */
export interface PreparedStep {
  readonly step: ChangeStep
  readonly operation: Operation
}

export const FIELD_MANAGER = 'mesh-workbench'

export const parseBody = ({ body }: KubernetesResponse): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    // From something before the API server; its text is in the problem's `raw`.
    return undefined
  }
}

export const isSuccess = ({ status }: KubernetesResponse): boolean => status >= 200 && status < 300

/**
 * The same request as a dry run. A deletion with a body is told in the body: the API server then ignores the query, and
 * would really delete.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run and k8s.io/apiserver, handlers/delete.go
 */
export const asDryRun = (request: KubernetesRequest): KubernetesRequest => {
  const dryRun = { ...request, query: { ...request.query, dryRun: 'All' } }
  if (request.method !== 'DELETE') return dryRun
  const options = JSON.parse(request.body ?? '{}') as Readonly<Record<string, unknown>>
  return { ...dryRun, body: JSON.stringify({ ...options, dryRun: ['All'] }) }
}

/** A step can be applied where the dry run had nothing against it. */
export const isApplicable = ({ step }: PreparedStep): boolean =>
  step.problems.length === 0 && step.conflicts.length === 0
