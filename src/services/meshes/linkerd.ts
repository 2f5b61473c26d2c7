import { readLinkerdCheck, type LinkerdCheck } from '../../domain/linkerd/read-linkerd-check.ts'
import { ProblemError } from '../../domain/problem.ts'
import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'
import type { Host } from '../host.ts'
import type { ProcessRequest, ProcessResult } from '../tasks/run-process.ts'
import type { StepContext } from '../tasks/task.ts'
import { readObjects } from './apply-manifest.ts'

export interface LinkerdSetting {
  /** The linkerd program, by its full path. */
  readonly program: string
  readonly env: Host['env']
  readonly context: string
}

/** Linkerd by its own program, which only writes manifests and checks: what is applied is seen before. */
export interface Linkerd {
  readonly render: (
    step: Pick<StepContext, 'run'>,
    part: 'crds' | 'control-plane' | 'viz',
  ) => Promise<readonly KubernetesObject[]>
  readonly check: (step: Pick<StepContext, 'run'>, isBefore: boolean) => Promise<readonly LinkerdCheck[]>
  /** The objects that an uninstall would delete. */
  readonly listInstalled: (step: Pick<StepContext, 'run'>) => Promise<readonly KubernetesObject[]>
}

const LONGEST = 5 * 60_000
const PARTS = { crds: ['install', '--crds'], 'control-plane': ['install'], viz: ['viz', 'install'] } as const

export function createLinkerd({ program, env, context }: LinkerdSetting): Linkerd {
  const request = (args: readonly string[]): Omit<ProcessRequest, 'signal'> => ({
    command: program,
    args: [...args, '--context', context],
    env,
    longest: LONGEST,
  })
  return {
    async render({ run }, part) {
      const result = await run(request(PARTS[part]))
      return readObjects(demand(result, `linkerd ${PARTS[part].join(' ')} wrote no manifests`).stdout)
    },
    async check({ run }, isBefore) {
      // Exit code 1 says that a check failed: the list says which.
      const result = await run(request(['check', ...(isBefore ? ['--pre'] : []), '--output', 'json']))
      const checks = readLinkerdCheck(result.stdout)
      return checks ?? fail(result, 'linkerd check gave no list')
    },
    listInstalled: async ({ run }) =>
      readObjects(demand(await run(request(['uninstall'])), 'linkerd uninstall gave no list').stdout),
  }
}

const demand = (result: ProcessResult, what: string): ProcessResult =>
  result.code === 0 ? result : fail(result, what)

function fail({ code, stderr, stdout }: ProcessResult, what: string): never {
  const raw = `${stderr}\n${stdout}`.trim()
  throw new ProblemError({
    code: raw.includes('Cannot connect to Kubernetes') ? 'unreachable' : 'invalid',
    message: `${what} (exit code ${code}): ${raw.split('\n')[0] ?? ''}`,
    hint: raw.includes('Gateway API CRDs')
      ? 'Install the CRDs of the Gateway API first.'
      : 'Check that the cluster answers, then run it again: what is there is kept.',
    raw,
  })
}
