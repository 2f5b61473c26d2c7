import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resolveVersions } from '../../domain/versions/resolve-versions.ts'
import { readLive } from '../changes/read-live.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'
import { contextOfKind } from '../local-clusters/kind.ts'
import { applyObjects, readObjects } from '../meshes/apply-manifest.ts'
import { waitForRollouts } from '../meshes/wait-for-rollouts.ts'
import type { StepContext, StepDefinition, TaskDefinition } from '../tasks/task.ts'
import { download } from '../tools/download.ts'
import { clusterSteps } from './cluster-step.ts'
import { readLocalMeshInput, type LocalMeshInput } from './local-mesh-input.ts'
import { installMesh } from './mesh-step.ts'
import type { SetupSetting } from './setup-setting.ts'

export const LOCAL_MESH = 'local-mesh'

const READY_WITHIN = 5 * 60_000
const HTTP_ROUTES =
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/httproutes.gateway.networking.k8s.io'

/** "Local mesh": from a laptop with a container engine to a cluster with a mesh, add-ons and an app with traffic. */
export const defineLocalMesh = (setting: SetupSetting): TaskDefinition => ({
  kind: LOCAL_MESH,
  describe(json) {
    const input = readLocalMeshInput(json)
    const mesh = input.mesh === 'istio' ? 'Istio' : 'Linkerd'
    return {
      title: `Local mesh ${input.name} with ${mesh}`,
      lock: `cluster/${contextOfKind(input.name)}`,
      steps: describeSteps(setting, input, mesh),
    }
  },
})

function describeSteps(
  setting: SetupSetting,
  input: LocalMeshInput,
  mesh: string,
): readonly StepDefinition[] {
  const context = contextOfKind(input.name)
  const { set } = resolveVersions({ provider: 'kind', meshes: [input.mesh] })
  const isIstio = input.mesh === 'istio'
  /** A step in the cluster. What it applied before it was stopped stays, and a later run goes on from there. */
  const inCluster = (
    name: string,
    title: string,
    run: (client: KubernetesClient, step: StepContext) => Promise<void>,
  ): StepDefinition => ({
    name,
    title,
    run: step => run(setting.clusters.client(context), step),
    cleanUp: () =>
      Promise.resolve([
        `"${title}" is done in part in ${context}; run the set-up again and it goes on there.`,
      ]),
  })
  const apply = async (client: KubernetesClient, step: StepContext, ...files: string[]): Promise<void> => {
    for (const file of files) {
      const objects = readObjects(await readFile(join(setting.manifests, file), 'utf8'))
      await applyObjects({
        client,
        objects,
        signal: step.signal,
        onApplied: reportCount(step, objects.length),
      })
    }
  }
  const wait = (client: KubernetesClient, { signal, report }: StepContext, namespace: string) =>
    waitForRollouts({ client, namespace, signal, report, longest: READY_WITHIN })

  return [
    ...clusterSteps(setting, input, set.kind),
    inCluster('gateway-api', 'Install the CRDs of the Gateway API', async (client, step) => {
      const crd = await readLive(client, HTTP_ROUTES, step.signal)
      const version = crd?.metadata.annotations?.['gateway.networking.k8s.io/bundle-version']
      if (crd) {
        step.log(`Gateway API ${version ?? ''} is there already: it is left as it is`)
        return
      }
      // The CRD that is looked for comes last: a run that was stopped before finds work left.
      const all = readObjects(await readFile(await fetchGatewayApi(setting, input, step), 'utf8'))
      const isMark = ({ metadata }: (typeof all)[number]): boolean =>
        HTTP_ROUTES.endsWith(`/${metadata.name}`)
      const objects = [...all.filter(each => !isMark(each)), ...all.filter(isMark)]
      await applyObjects({
        client,
        objects,
        signal: step.signal,
        onApplied: reportCount(step, objects.length),
      })
    }),
    inCluster('mesh', `Install ${mesh}`, (client, step) =>
      installMesh(setting, input, context, isIstio ? set.istio : set.linkerd, client, step),
    ),
    inCluster('add-ons', 'Install Prometheus and Jaeger', async (client, step) => {
      await apply(client, step, 'prometheus.yaml', 'jaeger.yaml', ...(isIstio ? ['istio-tracing.yaml'] : []))
      await wait(client, step, 'mesh-addons')
    }),
    // Before the app, so that its pods come up with a proxy at once and nothing has to be restarted.
    inCluster('injection', 'Put the namespace shop into the mesh', async (client, step) => {
      const labels = isIstio && input.profile !== 'ambient' ? { 'istio-injection': 'enabled' } : {}
      const ambient = isIstio && input.profile === 'ambient' ? { 'istio.io/dataplane-mode': 'ambient' } : {}
      const metadata = {
        name: 'shop',
        labels: { ...labels, ...ambient },
        ...(isIstio ? {} : { annotations: { 'linkerd.io/inject': 'enabled' } }),
      }
      const objects = [{ apiVersion: 'v1', kind: 'Namespace', metadata }]
      await applyObjects({ client, objects, signal: step.signal })
    }),
    inCluster('demo-app', 'Install the demo app', async (client, step) => {
      await apply(client, step, 'demo-app.yaml')
      await wait(client, step, 'shop')
      const names = await listPodsWithoutProxy(client, step.signal)
      if (names.length > 0 && input.profile !== 'ambient')
        step.log(`Without a proxy: ${names.join(', ')}. Check that the injector runs, then restart them.`)
    }),
    inCluster('gateway', 'Open the way in', async (client, step) => {
      await apply(client, step, isIstio ? 'istio-gateway.yaml' : 'linkerd-entry.yaml')
      step.log(`The app: http://localhost${input.ports.http === 80 ? '' : `:${input.ports.http}`}/`)
    }),
  ]
}

const reportCount =
  ({ report }: StepContext, all: number) =>
  (
    count: number,
    { kind, metadata }: { readonly kind: string; readonly metadata: { readonly name: string } },
  ): void =>
    report(count / all, `${kind} ${metadata.name}`)

/** The published CRDs as a file, or the user's own. */
async function fetchGatewayApi(
  { env, folder }: SetupSetting,
  { gatewayApi, gatewayApiFile }: LocalMeshInput,
  { signal }: StepContext,
): Promise<string> {
  if (gatewayApiFile !== undefined) return gatewayApiFile
  const url = `https://github.com/kubernetes-sigs/gateway-api/releases/download/v${gatewayApi}/standard-install.yaml`
  const to = join(folder, 'downloads', `gateway-api-${gatewayApi}.yaml`)
  await download({ url, to, env, signal })
  return to
}

interface Pod {
  readonly metadata: { readonly name: string }
  readonly spec: Readonly<
    Partial<Record<'containers' | 'initContainers', readonly { readonly name: string }[]>>
  >
}

/** Newer Kubernetes has proxies among the init containers, as native sidecars. */
async function listPodsWithoutProxy(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const answer = await client.readJson({ path: '/api/v1/namespaces/shop/pods', signal })
  return (answer as { items: readonly Pod[] }).items
    .filter(({ spec }) =>
      [...(spec.containers ?? []), ...(spec.initContainers ?? [])].every(
        ({ name }) => name !== 'istio-proxy' && name !== 'linkerd-proxy',
      ),
    )
    .map(({ metadata }) => metadata.name)
}
