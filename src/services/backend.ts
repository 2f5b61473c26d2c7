import { join } from 'node:path'
import { startPlayground } from '../playground/start.ts'
import type { Backend } from '../shared/contract.ts'
import { createAddOnHandlers } from './setup/add-ons/add-on-handlers.ts'
import { defineAddOnTasks } from './setup/add-ons/add-on-tasks.ts'
import { createCertificates } from './setup/certificates/certificates.ts'
import { createCanaries } from './canary/canaries.ts'
import { createChanges } from './changes/changes.ts'
import { openClusters } from './clusters/clusters.ts'
import { listKubeconfigFiles } from './clusters/kubeconfig-files.ts'
import { createForwards } from './forwards/forwards.ts'
import type { Host } from './host.ts'
import { isDoneWithin } from './stop-limit.ts'
import { createLocalClusters } from './setup/clusters/local-clusters.ts'
import { createIstioHandlers } from './setup/istio/istio-handlers.ts'
import { defineIstioTasks } from './setup/istio/istio-tasks.ts'
import { createInjection } from './setup/injection/injection.ts'
import { defineRestart } from './setup/injection/restart-task.ts'
import { createIdentityStore } from './setup/linkerd/identity-store.ts'
import { createLinkerdHandlers } from './setup/linkerd/linkerd-handlers.ts'
import { defineLinkerdTasks } from './setup/linkerd/linkerd-tasks.ts'
import { defineClusterTasks } from './setup/clusters/define-cluster-tasks.ts'
import { createLogs } from './logs/logs.ts'
import { createResources } from './resources/resources.ts'
import { createShellHandlers } from './shell-handlers.ts'
import { defineLocalMesh } from './setup/local-mesh/local-mesh.ts'
import { createStorageReports } from './storage/storage-reports.ts'
import { createTaskHandlers } from './tasks/task-handlers.ts'
import { createTasks } from './tasks/tasks.ts'
import { defineToolInstall } from './setup/tools/define-tool-install.ts'
import { createToolHandlers } from './setup/tools/tool-handlers.ts'
import { createTools } from './setup/tools/tools.ts'
import { createTraces } from './traces/traces.ts'
import { createTraffic } from './traffic/traffic.ts'
import { openGrants } from './workspace/grants.ts'
import { readMirror } from './workspace/settings.ts'
import { createWorkspace } from './workspace/workspace.ts'

const CUT_AFTER_MS = 10_000

/** Everything that both shells serve to the window; wired here by hand and nowhere else. */
export function createBackend(host: Host): { readonly handlers: Backend; stop(): Promise<void> } {
  const { dataFolder, resourcesFolder, now } = host
  const reports = host.storageReports ?? createStorageReports()
  const onDamaged = reports.report
  const playground = {
    start: () =>
      startPlayground({
        dataFolder: join(dataFolder, 'playground'),
        resourcesFolder,
        now,
        onStorage: problem => reports.set('playground', problem),
        onDamaged: reports.report,
      }),
  }
  const clusters = openClusters({ host, playground, onDamaged })
  const resources = createResources({ clusters })
  const changes = createChanges({ host, clusters, onDamaged })
  const logs = createLogs({ clusters })
  const traffic = createTraffic({ clusters, resources, now })
  const traces = createTraces({ clusters, now })
  const canaries = createCanaries({ dataFolder, changes, resources, traffic, now, onDamaged })
  const forwards = createForwards({ dataFolder, clusters, now, onDamaged })
  const grants = openGrants({
    dataFolder,
    folders: host.folders,
    readOnly: listKubeconfigFiles(host.env),
  })
  const workspace = createWorkspace({ host, grants, reports })
  const mirror = (): Promise<string> => {
    const given = host.env['MESH_WORKBENCH_MIRROR']
    return given === undefined ? readMirror(dataFolder, onDamaged) : Promise.resolve(given)
  }
  const tools = createTools({
    folder: join(dataFolder, 'tools'),
    env: host.env,
    mirror,
    onDamaged,
  })
  const setup = {
    tools,
    clusters,
    forwards,
    env: host.env,
    folder: dataFolder,
    manifests: join(resourcesFolder, 'setup'),
    now,
    mirror,
  }
  const identities = createIdentityStore(now)
  const tasks = createTasks({
    folder: join(dataFolder, 'tasks'),
    definitions: [
      defineLocalMesh(setup),
      ...defineIstioTasks(setup),
      defineToolInstall(tools),
      ...defineClusterTasks(setup),
      defineRestart({ clusters, now }),
      ...defineLinkerdTasks(setup, identities),
      ...defineAddOnTasks(setup),
    ],
    now,
    onDamaged,
  })
  return {
    handlers: {
      watchContexts: clusters.watchContexts,
      watchConnection: clusters.watchConnection,
      approveCommand: clusters.approveCommand,
      reviewAccess: clusters.reviewAccess,
      resetPlayground: clusters.resetPlayground,
      ...resources,
      ...logs,
      ...changes,
      ...canaries,
      ...forwards,
      ...workspace,
      ...createShellHandlers(host),
      ...createCertificates({ now }),
      ...traffic,
      ...traces,
      ...createInjection({ resources }),
      ...createTaskHandlers(tasks, grants),
      ...createToolHandlers(tools, grants),
      ...createIstioHandlers(setup),
      ...createLocalClusters(setup),
      ...createLinkerdHandlers(setup, identities, grants),
      ...createAddOnHandlers(setup),
    },
    async stop() {
      await tasks.stop()
      const settled = Promise.all([canaries.stop(), forwards.stop(), resources.stop(), changes.stop()])
      // What is being applied may come to its end; what does not in time is cut together with its connection.
      await isDoneWithin(settled, CUT_AFTER_MS)
      await clusters.stop()
      await settled
    },
  }
}
