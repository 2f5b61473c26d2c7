import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Configuration } from './configuration.ts'

/** What the real istiod and the real Envoy did with a request. */
export interface Answer {
  readonly status?: number
  readonly cluster?: string
  readonly routeName?: string
  readonly flags?: string
  readonly upstream?: {
    readonly method: string
    readonly path: string
    readonly host: string
    readonly headers: Readonly<Record<string, string>>
  }
  readonly timeoutMs?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly error?: string
}

/** The lab's program, or undefined where this machine has no lab. */
export function findOracle(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = [env['MESH_WORKBENCH_LAB'], join(import.meta.dirname, '..', '..', '..', 'shared', 'lab')]
  return folders
    .filter((folder): folder is string => folder !== undefined && folder !== '')
    .map(folder => join(folder, 'route-oracle'))
    .find(existsSync)
}

const isNoRoute = ({ error }: Answer): boolean => error?.startsWith('no route configuration') === true

/** A connection that broke, or an Envoy that did not come up in time, is the machine's load and no answer. */
export const isBroken = ({ error }: Answer): boolean =>
  error !== undefined &&
  /ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE|ETIMEDOUT|EADDRINUSE|EADDRNOTAVAIL|socket hang up|aborted|timeout|Envoy did not start: *$/i.test(
    error,
  )

const MAX_ATTEMPTS = 5

/** The answers, by configuration and request. Where a connection to the oracle broke, that configuration is asked again. */
export function askOracle(
  oracle: string,
  configurations: readonly Configuration[],
  ask: typeof askOnce = askOnce,
): Answer[][] {
  const answers = ask(oracle, configurations)
  for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
    const broken = answers.flatMap((list, index) => (list.some(isBroken) ? [index] : []))
    if (broken.length === 0) break
    const again = ask(
      oracle,
      broken.flatMap(index => configurations[index] ?? []),
    )
    for (const [position, index] of broken.entries()) answers[index] = again[position] ?? []
  }
  return answers
}

function askOnce(oracle: string, configurations: readonly Configuration[]): Answer[][] {
  const cases = configurations.map(({ text, meshConfig, caller, requests }, id) => ({
    id: String(id),
    objects: text,
    meshConfig,
    proxy: {
      kind: caller.kind === 'gateway' ? 'gateway' : 'sidecar',
      namespace: caller.namespace,
      labels: caller.labels,
    },
    requests: requests.flatMap(({ request, routes }, index) =>
      routes.map((route, choice) => {
        const { host, path, method, headers } = request
        return { id: `${String(index)}/${String(choice)}`, route, host, path, method, headers }
      }),
    ),
  }))
  const input = cases.map(item => JSON.stringify(item)).join('\n') + '\n'
  const { status, stdout, stderr } = spawnSync(oracle, { input, encoding: 'utf8', maxBuffer: 2 ** 30 })
  if (status !== 0) return askApart(oracle, configurations, stderr)
  const answers: Answer[][] = configurations.map(() => [])
  for (const line of stdout.split('\n').filter(text => text !== '')) {
    const { case: id, id: request, ...answer } = JSON.parse(line) as Answer & { case: string; id: string }
    const list = answers[Number(id)]
    const index = Number(request.split('/')[0])
    const known = list?.[index]
    if (list !== undefined && (known === undefined || isNoRoute(known))) list[index] = answer
  }
  return answers
}

/** One configuration that Envoy refuses stops it for all, so the halves are asked apart until it stands alone. */
function askApart(oracle: string, configurations: readonly Configuration[], problem: string): Answer[][] {
  const half = Math.ceil(configurations.length / 2)
  if (configurations.length === 1)
    return configurations.map(({ requests }) =>
      requests.map(() => ({ error: `Envoy: ${firstLine(problem)}` })),
    )
  return [configurations.slice(0, half), configurations.slice(half)].flatMap(part => askOnce(oracle, part))
}

const firstLine = (text: string): string =>
  /(?:Didn't|Proto|error|Only|invalid|Envoy did).*/i.exec(text)?.[0] ?? text
