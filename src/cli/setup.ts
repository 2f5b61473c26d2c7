import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { ProblemError } from '../domain/problem.ts'
import { startPlayground } from '../playground/start.ts'
import { openClusters } from '../services/clusters/clusters.ts'
import { defineLocalMesh, LOCAL_MESH } from '../services/setup/local-mesh.ts'
import { prepareLocalMesh } from '../services/setup/local-mesh-input.ts'
import type { Json, Task } from '../services/tasks/task.ts'
import { createTasks } from '../services/tasks/tasks.ts'
import { createTools } from '../services/tools/tools.ts'
import { readMirror } from '../services/workspace/settings.ts'
import type { Command } from './command.ts'
import { dataFolder, resourcesFolder } from './folders.ts'
import { untilInterrupted } from './interrupted.ts'

export const setup: Command = {
  name: 'setup',
  usage: 'setup --provider kind --mesh istio|linkerd [--name NAME] [--profile P]',
  summary: 'Makes a local cluster with a mesh, add-ons and a demo app.',
  details: [
    '  --provider kind            what makes the cluster',
    '  --mesh istio|linkerd       the mesh',
    '  --name NAME                of the cluster (mesh)',
    '  --profile PROFILE          of Istio: demo (the default), default, minimal, ambient, empty, preview',
    '  --workers N                worker nodes beside the first (0)',
    '  --http-port, --https-port  of this machine, which lead to the ingress (80, 443)',
    "  --config FILE              kind's configuration instead of ours",
    '  --print-config             prints the configuration and does nothing',
    '  --gateway-api FILE         the CRDs of the Gateway API, instead of the download',
    '',
    'Each step finds what is done: run it again after a failure and it goes on. Ctrl+C stops it and says what it left.',
    'Exit code 0 where all is up, 1 where a step failed or was stopped, 2 where the command is used wrongly.',
  ],
  options: {
    provider: { type: 'string' },
    mesh: { type: 'string' },
    name: { type: 'string' },
    profile: { type: 'string' },
    workers: { type: 'string' },
    'http-port': { type: 'string' },
    'https-port': { type: 'string' },
    config: { type: 'string' },
    'print-config': { type: 'boolean' },
    'gateway-api': { type: 'string' },
  },
  async run(values) {
    const folder = dataFolder()
    const tools = createTools({
      folder: join(folder, 'tools'),
      env: process.env,
      mirror: () => readMirror(folder),
    })
    const input = await readInput(values, (await tools.find('kind')).used?.version)
    if (values['print-config'] === true) {
      console.log(input.config)
      return 0
    }
    const manifests = join(resourcesFolder, 'setup')
    const clusters = openClusters({
      host: { dataFolder: folder, env: process.env, now: Date.now },
      playground: {
        start: () =>
          startPlayground({ dataFolder: join(folder, 'playground'), resourcesFolder, now: Date.now }),
      },
    })
    const setting = { tools, clusters, env: process.env, folder, manifests, now: Date.now }
    const definition = defineLocalMesh(setting)
    const tasks = createTasks({ folder: join(folder, 'tasks'), definitions: [definition], now: Date.now })
    try {
      const task = await tasks.start(LOCAL_MESH, input as unknown as Json)
      void untilInterrupted().then(() => tasks.cancel(task.id))
      const over = new AbortController()
      const printing = printSteps(tasks.watch(over.signal), task.id)
      const ended = await tasks.wait(task.id)
      over.abort()
      await printing
      return summarize(ended)
    } finally {
      await clusters.stop()
    }
  },
}

async function readInput(
  values: Readonly<Record<string, unknown>>,
  kind: string | undefined,
): Promise<ReturnType<typeof prepareLocalMesh>> {
  const text = (name: string): string | undefined => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  if (text('provider') !== 'kind')
    throw refuse(
      '--provider takes kind',
      'minikube and existing clusters are not set up by this command yet.',
    )
  const mesh = text('mesh')
  if (mesh !== 'istio' && mesh !== 'linkerd') throw refuse('--mesh takes istio or linkerd')
  if (mesh === 'linkerd' && text('profile') !== undefined) throw refuse('--profile is for Istio only')
  const file = text('config')
  const profile = text('profile')
  const gatewayApiFile = text('gateway-api')
  return prepareLocalMesh({
    name: text('name') ?? 'mesh',
    mesh,
    workers: readNumber(text('workers') ?? '0', '--workers', 9),
    ports: {
      http: readNumber(text('http-port') ?? '80', '--http-port', 65_535),
      https: readNumber(text('https-port') ?? '443', '--https-port', 65_535),
    },
    ...(profile === undefined ? {} : { profile }),
    ...(kind === undefined ? {} : { kind }),
    ...(gatewayApiFile === undefined ? {} : { gatewayApiFile }),
    ...(file === undefined ? {} : { config: await readFile(file, 'utf8') }),
  })
}

const refuse = (message: string, hint = 'setup --help says more.'): ProblemError =>
  new ProblemError({ code: 'bad-input', message, hint })

function readNumber(text: string, option: string, largest: number): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= largest) return Number(text)
  throw refuse(`${option} takes a number up to ${largest}, not ${JSON.stringify(text)}`)
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

function summarize({ title, state, steps, leftBehind }: Task): number {
  if (state === 'done') {
    console.log(`${title} is ready.`)
    return 0
  }
  const broken = steps.find(step => step.state === 'failed' || step.state === 'cancelled')
  const { message, hint } = broken?.problem ?? { message: 'It was stopped', hint: 'Run it again to go on.' }
  console.error(`✖ ${broken?.title ?? title}: ${[message, hint].filter(Boolean).join('. ')}`)
  for (const sentence of leftBehind) console.error(`  ${sentence}`)
  return 1
}
