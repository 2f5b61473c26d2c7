import type { Mesh } from '../istio/mesh.ts'
import { selects } from '../istio/named-object.ts'
import { fieldsOf, textMapOf } from '../istio/fields/read-fields.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { closestWord } from '../simulation/closest-word.ts'
import type { Check, Finding } from './check.ts'

type Labels = Readonly<Record<string, string>>

/** Kinds that select workloads, and where. */
const SELECTORS: Readonly<Record<string, readonly [field: string, inner: string]>> = {
  AuthorizationPolicy: ['selector', 'matchLabels'],
  PeerAuthentication: ['selector', 'matchLabels'],
  RequestAuthentication: ['selector', 'matchLabels'],
  Telemetry: ['selector', 'matchLabels'],
  WasmPlugin: ['selector', 'matchLabels'],
  Sidecar: ['workloadSelector', 'labels'],
  EnvoyFilter: ['workloadSelector', 'labels'],
}

/**
 * IST0127: a selector that selects no workload. Where the objects may not be all of the cluster it is told only where a
 * workload has a label that is nearly the same.
 */
export const emptySelectors: Check = ({ objects, mesh, isWholeCluster }) => {
  const selective = objects.filter(
    ({ apiVersion, kind }) => kind in SELECTORS && groupOf(apiVersion).endsWith('istio.io'),
  )
  if (selective.length === 0) return []
  return selective.flatMap((object): readonly Finding[] => {
    const [field, inner] = SELECTORS[object.kind] ?? ['', '']
    const selector = textMapOf(fieldsOf(fieldsOf(object.spec)[field])[inner])
    if (Object.keys(selector).length === 0) return []
    const known = workloadsFor(mesh, object)
    if (known.length === 0 || known.some(labels => selects(selector, labels))) return []
    const near = nearLabel(selector, known)
    if (near === undefined && !(isWholeCluster && mesh.pods.length > 0)) return []
    const written = Object.entries(selector).map(([key, value]) => `${key}=${value}`)
    return [
      {
        code: 'IST0127',
        severity: 'warning',
        object,
        path: `spec.${field}.${inner}`,
        message: `No workload has ${written.join(', ')}: the ${object.kind} is for nobody${near === undefined ? '' : `; did you mean ${near}?`}`,
      },
    ]
  })
}

/** The labels of workloads that an object may select: of its namespace, of all in the root namespace. */
const workloadsFor = (mesh: Mesh, { metadata }: KubernetesObject): readonly Labels[] => {
  const isEverywhere = metadata.namespace === mesh.rootNamespace
  const isOwn = ({ namespace }: { readonly namespace: string }): boolean =>
    isEverywhere || namespace === (metadata.namespace ?? 'default')
  return [
    ...[...mesh.pods, ...mesh.templates, ...mesh.workloadEntries].filter(isOwn).map(({ labels }) => labels),
    // Files often have the Service of a workload and not the workload.
    ...mesh.services
      .filter(isOwn)
      .flatMap(({ selector }) =>
        selector === undefined || Object.keys(selector).length === 0 ? [] : [selector],
      ),
  ]
}

/** The label of a workload that one of the selector's, which none has, most likely means. */
function nearLabel(selector: Labels, known: readonly Labels[]): string | undefined {
  for (const [key, value] of Object.entries(selector)) {
    const values = known.flatMap(labels => labels[key] ?? [])
    if (values.length === 0 || values.includes(value)) continue
    const near = closestWord(value, values)
    if (near !== undefined) return `${key}=${near}`
  }
  return undefined
}
