import { compact } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import {
  AMBIENT_LABEL,
  annotationsOf,
  INJECTION_LABEL,
  labelsOf,
  LINKERD_ANNOTATION,
  REVISION_LABEL,
} from './decide-injection.ts'
import { decideInjection, type InjectionScope } from './explain-pod.ts'

/** What a namespace asks for its pods. */
export interface NamespaceInjection {
  readonly mode: 'sidecar' | 'ambient' | 'linkerd' | 'off' | 'none'
  /** The labels and annotations that say so. */
  readonly marks: readonly string[]
  /** The revision that serves it. */
  readonly revision?: string
  /** What is wrong with the marks, in a sentence. */
  readonly problem?: string
}

/** What a namespace asks for, what of it works, and where its marks contradict each other. */
export function readNamespaceInjection(
  namespace: KubernetesObject,
  scope: Pick<InjectionScope, 'webhooks'>,
): NamespaceInjection {
  const labels = labelsOf(namespace)
  const injection = labels[INJECTION_LABEL]
  const revision = labels[REVISION_LABEL]
  const ambient = labels[AMBIENT_LABEL]
  const linkerd = annotationsOf(namespace)[LINKERD_ANNOTATION]
  const marks = [
    ...[INJECTION_LABEL, REVISION_LABEL, AMBIENT_LABEL].flatMap(key =>
      labels[key] === undefined ? [] : [`${key}=${labels[key]}`],
    ),
    ...(linkerd === undefined ? [] : [`${LINKERD_ANNOTATION}: ${linkerd}`]),
  ]
  if (marks.length === 0) return { mode: 'none', marks }
  const name = namespace.metadata.name
  // An ordinary pod, without labels of its own.
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: '', namespace: name } }
  const decision = decideInjection(pod, namespace, scope)
  const hasIstio = injection !== undefined || revision !== undefined
  const isOff = injection === 'disabled' || (!hasIstio && ambient !== 'ambient' && linkerd === 'disabled')
  const wantsLinkerd = linkerd !== undefined && linkerd !== 'disabled'
  const mode = isOff
    ? 'off'
    : hasIstio
      ? 'sidecar'
      : ambient === 'ambient'
        ? 'ambient'
        : wantsLinkerd
          ? 'linkerd'
          : 'none'
  const problem = (): string | undefined => {
    if (wantsLinkerd && ((hasIstio && injection !== 'disabled') || ambient === 'ambient'))
      return 'Both meshes are requested: their proxies interfere with each other'
    if (injection !== undefined && revision !== undefined)
      return `Both ${INJECTION_LABEL} and ${REVISION_LABEL} are set: ${INJECTION_LABEL} wins, the revision ${revision} is not used`
    if (ambient === 'ambient' && hasIstio && injection !== 'disabled')
      return 'Both sidecars and ambient mode are asked for: pods with a sidecar stay out of ambient mode'
    if (mode !== 'sidecar' && mode !== 'linkerd') return undefined
    return decision.isInjected || decision.code === 'system-namespace' ? undefined : decision.message
  }
  return compact({
    mode,
    marks,
    revision: decision.isInjected ? decision.webhook.revision : undefined,
    problem: problem(),
  })
}
