import { join } from 'node:path'
import { prepareLocalMesh } from '../domain/setup/local-mesh/prepare-local-mesh.ts'
import { startPlayground } from '../playground/start.ts'
import { openClusters } from '../services/clusters/clusters.ts'
import { createForwards } from '../services/forwards/forwards.ts'
import { defineLocalMesh } from '../services/setup/local-mesh/local-mesh.ts'
import { localMesh } from '../shared/contract/setup/local-mesh.ts'
import { openDataFolder } from '../services/storage/open-data-folder.ts'
import { readOutcome } from '../services/tasks/step-state.ts'
import type { Task } from '../services/tasks/task.ts'
import { createTasks } from '../services/tasks/tasks.ts'
import { createTools } from '../services/setup/tools/tools.ts'
import { readMirror } from '../services/workspace/settings.ts'
import type { Command } from './command.ts'
import { dataFolder, resourcesFolder } from './folders.ts'
import { untilInterrupted } from './interrupted.ts'
import { readLocalMeshOptions, optionProblem } from './local-mesh-options.ts'

export const setup: Command = {
  name: 'setup',
  usage:
    'setup --provider kind|minikube|existing|playground --mesh istio|linkerd [--name NAME] [--profile P]',
  summary: 'Makes a local cluster with a mesh, add-ons and a demo app.',
  details: [
    '  --provider kind|minikube   makes a new cluster on this machine',
    '  --provider existing        works in a cluster of your kubeconfig; a mesh that is installed is used as it is',
    '  --provider playground      works in the built-in simulated cluster',
    '  --context NAME             the context of --provider existing',
    '  --mesh istio|linkerd       the mesh',
    '  --name NAME                of the new cluster (mesh)',
    '  --profile PROFILE          of Istio: demo (the default), default, minimal, ambient, preview',
    '  --workers N                worker nodes beside the first (0)',
    '  --cpus N, --memory GB      of a minikube cluster (4, 6)',
    '  --http-port, --https-port  of this machine, forwarded to the ingress (80, 443)',
    "  --config FILE              the new cluster's configuration instead of ours",
    '  --print-config             prints the configuration and does nothing',
    '  --gateway-api FILE         the CRDs of the Gateway API, instead of the download',
    '  --mirror URL               where downloads come from: URL/github.com/... (MESH_WORKBENCH_MIRROR)',
    '  --ready-within SECONDS     how long pods may take to get ready (300)',
    '',
    'Each step finds what is done: run it again after a failure to continue. Ctrl+C stops it and prints what it left.',
    'Forwards run while Mesh Workbench is open; those that this command makes are restarted with it.',
    'Exit code 0 where all is up, 1 where a step failed or was stopped, 2 where the command is used wrongly.',
  ],
  options: {
    provider: { type: 'string' },
    context: { type: 'string' },
    mesh: { type: 'string' },
    name: { type: 'string' },
    profile: { type: 'string' },
    workers: { type: 'string' },
    cpus: { type: 'string' },
    memory: { type: 'string' },
    'http-port': { type: 'string' },
    'https-port': { type: 'string' },
    config: { type: 'string' },
    'print-config': { type: 'boolean' },
    'gateway-api': { type: 'string' },
    mirror: { type: 'string' },
    'ready-within': { type: 'string' },
  },
  async run(values) {
    const folder = dataFolder()
    const env = process.env
    const given = typeof values['mirror'] === 'string' ? values['mirror'] : env['MESH_WORKBENCH_MIRROR']
    const mirror = (): Promise<string> => (given === undefined ? readMirror(folder) : Promise.resolve(given))
    const tools = createTools({ folder: join(folder, 'tools'), env, mirror })
    const options = await readLocalMeshOptions(values)
    const { provider } = options
    const toolVersion = provider === 'existing' ? undefined : (await tools.find(provider)).used?.version
    const input = prepareLocalMesh({ ...options, ...(toolVersion === undefined ? {} : { toolVersion }) })
    if (values['print-config'] === true) {
      if (input.target.kind === 'existing') throw optionProblem('--print-config is for a new cluster only')
      console.log(input.target.config)
      return 0
    }
    const manifests = join(resourcesFolder, 'setup')
    const data = await openDataFolder(folder, 'setup command')
    const clusters = openClusters({
      host: { dataFolder: folder, env, now: Date.now },
      playground: {
        start: () =>
          startPlayground({ dataFolder: join(folder, 'playground'), resourcesFolder, now: Date.now }),
      },
    })
    const forwards = createForwards({ dataFolder: folder, clusters, now: Date.now })
    const setting = { tools, clusters, forwards, env, folder, manifests, now: Date.now, mirror }
    const tasks = createTasks({
      folder: join(folder, 'tasks'),
      definitions: [defineLocalMesh(setting)],
      now: Date.now,
    })
    try {
      const task = await tasks.start(localMesh.readRequest(input))
      void untilInterrupted().then(() => tasks.cancel(task.id))
      const over = new AbortController()
      const printing = printSteps(tasks.watch(over.signal), task.id)
      const ended = await tasks.wait(task.id)
      over.abort()
      await printing
      return summarize(ended)
    } finally {
      await forwards.stop()
      await clusters.stop()
      data.close()
    }
  },
}

/** One line for each step as it begins, what it waits for, and as it ends. */
async function printSteps(changes: AsyncIterable<readonly Task[]>, id: string): Promise<void> {
  const printed = new Map<string, string>()
  for await (const tasks of changes)
    for (const { name, title, state, note } of tasks.find(task => task.id === id)?.steps ?? []) {
      const line = state === 'running' ? `… ${title}${note ? `: ${note}` : ''}` : `✔ ${title}`
      if ((state !== 'running' && state !== 'done') || printed.get(name) === line) continue
      printed.set(name, line)
      console.log(line)
    }
}

function summarize(task: Task): number {
  const { title, state, steps, leftovers } = task
  if (state === 'done') {
    console.log(`${title} is ready.`)
    const { links = [], warnings = [] } = readOutcome(localMesh, task.memory) ?? {}
    for (const { title: name, url, isForward } of links)
      console.log(`${name}: ${url}${isForward ? ' (a forward: it runs while Mesh Workbench is open)' : ''}`)
    for (const warning of warnings) console.error(`! ${warning}`)
    return 0
  }
  const broken = steps.find(step => step.state === 'failed' || step.state === 'cancelled')
  const { message, hint } = broken?.problem ?? {
    message: 'It was stopped',
    hint: 'Run it again to continue.',
  }
  console.error(`✖ ${broken?.title ?? title}: ${[message, hint].filter(Boolean).join('. ')}`)
  for (const sentence of leftovers) console.error(`  ${sentence}`)
  return 1
}
