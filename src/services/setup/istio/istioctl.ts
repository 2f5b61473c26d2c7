import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPrecheck, type PrecheckFinding } from '../../../domain/setup/istio/read-precheck.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { Host } from '../../host.ts'
import type { ProcessRequest, ProcessResult } from '../../tasks/run-process.ts'
import type { StepContext } from '../../tasks/task.ts'

export interface IstioctlDependencies {
  /** istioctl, by its full path. */
  readonly program: string
  readonly env: Host['env']
  readonly context: string
}

/** Istio by istioctl, on one context, each run inside a step of a task. */
export interface Istio {
  /** istioctl's own version. */
  readonly readVersion: (step: Pick<StepContext, 'run'>) => Promise<string>
  /** What `istioctl x precheck` has found. */
  readonly precheck: (step: Pick<StepContext, 'run'>) => Promise<readonly PrecheckFinding[]>
  /** The same; an error of it is a problem. */
  readonly check: (step: Pick<StepContext, 'run' | 'log'>) => Promise<void>
  /** The manifests that an installation of these options would apply. */
  readonly preview: (step: Pick<StepContext, 'run'>, options: string) => Promise<string>
  readonly install: (step: Pick<StepContext, 'run' | 'report'>, options: string) => Promise<void>
  /** Takes one revision away; what all revisions share stays, the CRDs too. */
  readonly uninstall: (step: Pick<StepContext, 'run'>, revision: string) => Promise<void>
  /** Takes everything away, also the CRDs and with them every object of Istio, but not the namespace. */
  readonly purge: (step: Pick<StepContext, 'run'>) => Promise<void>
  /** Points a tag to a revision; without one the tag is removed. */
  readonly tag: (step: Pick<StepContext, 'run'>, tag: string, revision: string | undefined) => Promise<void>
}

const QUESTION_TIMEOUT_MS = 60_000
const INSTALL_TIMEOUT_MS = 10 * 60_000
const READINESS = '5m'
/** The CRDs alone are a megabyte. */
const MAX_MANIFEST_LENGTH = 16 * 1024 * 1024

/** One line of `istioctl install` for a part that is ready: `✔ Istiod installed 🧠`. */
const INSTALLED = /✔ (?<part>.+?) installed/u
const WAITING = /Processing resources for (?<part>.+?)\. Waiting for (?<what>.+)/u

export function createIstio({ program, env, context }: IstioctlDependencies): Istio {
  const request = (args: readonly string[], timeoutMs: number): Omit<ProcessRequest, 'signal'> => ({
    command: program,
    args: [...args, '--context', context],
    env,
    timeoutMs,
  })
  const precheck: Istio['precheck'] = async ({ run }) => {
    const result = await run(request(['x', 'precheck', '--output', 'json'], QUESTION_TIMEOUT_MS))
    // Where it has found errors, it ends with an exit code of its own and still has a list.
    const findings = readPrecheck(result.stdout)
    if (findings && (result.code === 0 || findings.length > 0)) return findings
    return fail(result, 'istioctl x precheck could not check the cluster')
  }
  return {
    async readVersion({ run }) {
      const args = ['version', '--remote=false', '--output', 'json']
      const result = await run({ command: program, args, env, timeoutMs: QUESTION_TIMEOUT_MS })
      const { stdout } = requireSuccess(result, 'istioctl does not say its version')
      const version = /"version":\s*"(?<version>[^"]+)"/.exec(stdout)?.groups?.['version']
      return version ?? ''
    },
    precheck,
    async check(step) {
      const findings = await precheck(step)
      for (const { severity, code, origin, message } of findings)
        step.log(`${severity}: ${code} ${origin}: ${message}`)
      const error = findings.find(({ severity }) => severity === 'error')
      if (!error) return
      throw new ProblemError({
        code: 'invalid',
        message: `Istio can't be installed in this cluster: ${error.message} (${error.origin})`,
        hint: error.url === undefined ? 'The log of the task has all findings.' : `See ${error.url}.`,
      })
    },
    preview: ({ run }, options) =>
      withFile(options, async file => {
        const args = ['manifest', 'generate', '-f', file]
        return requireSuccess(
          await run({
            ...request(args, QUESTION_TIMEOUT_MS),
            maxOutputLength: MAX_MANIFEST_LENGTH,
            hasQuietOutput: true,
          }),
          'Istio has no manifests for these options',
        ).stdout
      }),
    install: ({ run, report }, options) =>
      withFile(options, async file => {
        let parts = 0
        const result = await run({
          ...request(
            ['install', '--skip-confirmation', '--readiness-timeout', READINESS, '-f', file],
            INSTALL_TIMEOUT_MS,
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
        requireSuccess(result, 'Istio could not be installed')
      }),
    async uninstall({ run }, revision) {
      const args = ['uninstall', '--revision', revision, '--skip-confirmation']
      requireSuccess(
        await run(request(args, INSTALL_TIMEOUT_MS)),
        `The revision ${revision} could not be uninstalled`,
      )
    },
    async purge({ run }) {
      const args = ['uninstall', '--purge', '--skip-confirmation']
      requireSuccess(await run(request(args, INSTALL_TIMEOUT_MS)), 'Istio could not be uninstalled')
    },
    async tag({ run }, tag, revision) {
      const args =
        revision === undefined
          ? ['tag', 'remove', tag, '--skip-confirmation']
          : ['tag', 'set', tag, '--revision', revision, '--overwrite', '--skip-confirmation']
      requireSuccess(await run(request(args, QUESTION_TIMEOUT_MS)), `The tag ${tag} could not be changed`)
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

const requireSuccess = (result: ProcessResult, what: string): ProcessResult =>
  result.code === 0 ? result : fail(result, what)

function fail(result: ProcessResult, what: string): never {
  const raw = `${result.stderr}\n${result.stdout}`.trim()
  const own = /^(?:Error|error): (?<text>.*)$/m.exec(raw)?.groups?.['text']
  throw new ProblemError({
    code: /connection refused|no route to host|i\/o timeout|EOF/.test(raw) ? 'unreachable' : 'invalid',
    message: own === undefined ? `${what} (istioctl ended with exit code ${result.code})` : `${what}: ${own}`,
    hint: /timed? ?out|not ready/i.test(raw)
      ? 'Check the events of the pods in istio-system, then run it again to continue.'
      : 'Check that the cluster answers, then run it again. What is installed is kept.',
    raw,
  })
}
