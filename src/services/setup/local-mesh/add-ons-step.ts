import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readItems } from '../../clusters/list-items.ts'
import { findTraceSource } from '../../traces/find-source.ts'
import { applyFiles } from '../steps/apply-files.ts'
import type { ClusterWork } from './in-cluster-step.ts'
import { readInstallationMark } from '../steps/installation-mark.ts'
import { demandOwnNamespace } from '../steps/namespace-guard.ts'

const NAMESPACE = 'mesh-addons'

/** A Service that a set-up of ours, or somebody else, made for an add-on. */
export interface AddOnService {
  readonly namespace: string
  readonly name: string
  readonly port: number
}

interface Service {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec?: { readonly ports?: readonly { readonly port: number }[] }
}

/** The cluster's Prometheus, by the names that its charts and the meshes' add-ons give the Service. */
export async function findPrometheus(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<AddOnService | undefined> {
  const items = await readItems<Service>(client, { path: '/api/v1/services' }, signal)
  const found = items.find(({ metadata }) => ['prometheus', 'prometheus-server'].includes(metadata.name))
  if (!found) return undefined
  const { name, namespace } = found.metadata
  return { name, namespace, port: found.spec?.ports?.[0]?.port ?? 9090 }
}

/**
 * Prometheus and Jaeger where the cluster has none. A mesh that somebody else made keeps its telemetry: what it reports
 * and where to, its owner chose.
 */
export async function installAddOns({ setting, input, client, step, wait }: ClusterWork): Promise<void> {
  const { signal, log } = step
  const [prometheus, jaeger, mark] = await Promise.all([
    findPrometheus(client, signal),
    findTraceSource(client, signal),
    readInstallationMark(client, input.mesh, signal),
  ])
  const isOurMesh = mark !== undefined
  if (!isOurMesh) {
    const names = [prometheus && 'Prometheus', jaeger && 'Jaeger'].filter(Boolean).join(' and ')
    log(
      names === ''
        ? 'The mesh was here before and reports to no Prometheus or Jaeger of this cluster: it is left so. Setup offers them under Meshes'
        : `${names} ${names.includes(' ') ? 'are' : 'is'} here already: what the mesh reports to is left as it is`,
    )
    return
  }
  const isElsewhere = (found: { readonly namespace: string } | null | undefined): boolean =>
    !!found && found.namespace !== NAMESPACE
  const files = [
    ...(isElsewhere(prometheus) ? [] : ['prometheus.yaml']),
    ...(isElsewhere(jaeger) ? [] : ['jaeger.yaml']),
    ...(input.mesh === 'istio' ? ['istio-tracing.yaml'] : []),
  ]
  if (isElsewhere(prometheus)) log(`Prometheus is in ${prometheus?.namespace ?? ''} already`)
  if (isElsewhere(jaeger)) log(`Jaeger is in ${jaeger?.namespace ?? ''} already`)
  await demandOwnNamespace(client, NAMESPACE, signal)
  await applyFiles(setting.manifests, client, step, ...files)
  if (files.some(file => file !== 'istio-tracing.yaml')) await wait(NAMESPACE)
}
