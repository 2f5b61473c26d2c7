import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProblemError } from '../../domain/problem.ts'
import type { Host } from '../host.ts'
import type { ProcessRequest, ProcessResult } from '../tasks/run-process.ts'
import type { StepContext } from '../tasks/task.ts'

export const ISTIO_PROFILES = ['default', 'demo', 'minimal', 'ambient', 'empty', 'preview'] as const
export type IstioProfile = (typeof ISTIO_PROFILES)[number]

export interface IstioSetting {
  /** istioctl, by its full path. */
  readonly program: string
  readonly env: Host['env']
  readonly context: string
}

/** Istio by istioctl, on one context, each run inside a step of a task. */
export interface Istio {
  /** What `istioctl x precheck` has to say; an error of it is a problem. */
  readonly check: (step: Pick<StepContext, 'run'>) => Promise<void>
  /** The manifests that an installation of these options would apply. */
  readonly preview: (step: Pick<StepContext, 'run'>, options: string) => Promise<string>
  readonly install: (step: Pick<StepContext, 'run' | 'report'>, options: string) => Promise<void>
  /** Takes everything of Istio away, its CRDs and so all its objects too; returns what is left, a sentence each. */
  readonly uninstall: (step: Pick<StepContext, 'run'>) => Promise<readonly string[]>
}

const LONGEST_QUESTION = 60_000
const LONGEST_INSTALL = 10 * 60_000
const READINESS = '5m'

/** One line of `istioctl install` for a part that is ready: `✔ Istiod installed 🧠`. */
const INSTALLED = /✔ (?<part>.+?) installed/u
const WAITING = /Processing resources for (?<part>.+?)\. Waiting for (?<what>.+)/u

export function createIstio({ program, env, context }: IstioSetting): Istio {
  const request = (args: readonly string[], longest: number): Omit<ProcessRequest, 'signal'> => ({
    command: program,
    args: [...args, '--context', context],
    env,
    longest,
  })
  return {
    async check({ run }) {
      const result = await run(request(['x', 'precheck'], LONGEST_QUESTION))
      demand(result, 'The cluster is not fit for Istio')
    },
    preview: ({ run }, options) =>
      withFile(options, async file => {
        const args = ['manifest', 'generate', '-f', file]
        return demand(await run(request(args, LONGEST_QUESTION)), 'Istio has no manifests for these options')
          .stdout
      }),
    install: ({ run, report }, options) =>
      withFile(options, async file => {
        let parts = 0
        const result = await run({
          ...request(
            ['install', '--skip-confirmation', '--readiness-timeout', READINESS, '-f', file],
            LONGEST_INSTALL,
          ),
          onLine(line) {
            const installed = INSTALLED.exec(line)?.groups?.['part']
            if (installed !== undefined) parts += 1
            const waiting = WAITING.exec(line)?.groups
            const note = installed === undefined ? waiting : { part: installed, what: 'installed' }
            // Core, istiod and the gateways: what is behind istiod is short.
            if (note) report(Math.min(0.95, parts / 4), `${note['part'] ?? ''}: ${note['what'] ?? ''}`)
          },
        })
        demand(result, 'Istio could not be installed')
      }),
    async uninstall({ run }) {
      const args = ['uninstall', '--purge', '--skip-confirmation']
      demand(await run(request(args, LONGEST_INSTALL)), 'Istio could not be uninstalled')
      // As istioctl 1.31 does it: --purge takes the CRDs too, which its page does not say.
      // Source: https://istio.io/latest/docs/setup/install/istioctl/#uninstall-istio
      return [
        'The CRDs of Istio are gone, and with them all its objects in every namespace.',
        'The namespace istio-system stays, with the certificate authority (istio-ca-secret) and what others put there.',
        'The ConfigMap istio-ca-root-cert stays in every namespace.',
        'Pods keep their sidecars until they are restarted; labels of namespaces stay.',
      ]
    },
  }
}

async function withFile<T>(text: string, work: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-workbench-istio-'))
  try {
    const file = join(folder, 'options.yaml')
    await writeFile(file, text, { mode: 0o600 })
    return await work(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function demand(result: ProcessResult, what: string): ProcessResult {
  if (result.code === 0) return result
  const raw = `${result.stderr}\n${result.stdout}`.trim()
  const own = /^(?:Error|error): (?<text>.*)$/m.exec(raw)?.groups?.['text']
  throw new ProblemError({
    code: /connection refused|no route to host|i\/o timeout|EOF/.test(raw) ? 'unreachable' : 'invalid',
    message: own === undefined ? `${what} (istioctl ended with exit code ${result.code})` : `${what}: ${own}`,
    hint: /timed? ?out|not ready/i.test(raw)
      ? 'Look at the events of the pods in istio-system; then run it again, it goes on here.'
      : 'Check that the cluster answers, then run it again: what is there is kept.',
    raw,
  })
}
