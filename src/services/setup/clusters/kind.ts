import { dirname } from 'node:path'
import { explainKindFailure } from '../../../domain/setup/clusters/explain-kind-failure.ts'
import { checkMachine, type PreflightCheck } from '../../../domain/setup/clusters/check-machine.ts'
import { readClusterName } from '../../../domain/setup/clusters/kind-config.ts'
import { contextOf } from '../../../domain/setup/clusters/local-cluster.ts'
import { kindCreateArguments } from '../../../domain/setup/clusters/plan-cluster.ts'
import { readKindClusters, readKindProgress } from '../../../domain/setup/clusters/read-kind-progress.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { Host } from '../../host.ts'
import type { ProcessRequest, ProcessResult } from '../../tasks/run-process.ts'
import type { StepContext } from '../../tasks/task.ts'
import { backUpKubeconfig } from './back-up-kubeconfig.ts'
import { measureMachine } from './measure-machine.ts'

export interface KindDependencies {
  /** The program, by its full path. */
  readonly program: string
  readonly env: Host['env']
  /** Where copies of kubeconfigs are kept before kind changes one. */
  readonly backups: string
  readonly now: () => number
}

/** Local clusters by kind, each run inside a step of a task. */
export interface Kind {
  readonly list: (context: Pick<StepContext, 'run'>) => Promise<readonly string[]>
  readonly check: (
    context: Pick<StepContext, 'run'>,
    ports: readonly number[],
  ) => Promise<readonly PreflightCheck[]>
  readonly create: (context: StepContext, request: KindRequest) => Promise<void>
  readonly remove: (context: Pick<StepContext, 'run' | 'log'>, name: string) => Promise<void>
  readonly loadImage: (context: StepContext, name: string, image: ImageSource) => Promise<void>
}

/** An image of the engine by its name, or a file that `docker save` wrote. */
export type ImageSource =
  { readonly kind: 'image'; readonly name: string } | { readonly kind: 'archive'; readonly path: string }

export interface KindRequest {
  readonly name: string
  /** The configuration's text, as the user left it. */
  readonly config: string
}

export const contextOfKind = (name: string): string => contextOf('kind', name)

const CREATE_TIMEOUT_MS = 20 * 60_000
const QUESTION_TIMEOUT_MS = 60_000
const LOAD_TIMEOUT_MS = 10 * 60_000

export function createKind({ program, env, backups, now }: KindDependencies): Kind {
  const request = (args: readonly string[], timeoutMs: number): Omit<ProcessRequest, 'signal'> => ({
    command: program,
    args,
    env,
    timeoutMs,
  })
  const list: Kind['list'] = async ({ run }) =>
    readKindClusters(requireSuccess(await run(request(['get', 'clusters'], QUESTION_TIMEOUT_MS))).stdout)

  async function backUp(log: StepContext['log']): Promise<void> {
    const copy = await backUpKubeconfig(env, backups, now())
    if (copy !== undefined) log(`The kubeconfig was copied to ${copy}`)
  }

  return {
    list,
    async check(context, ports) {
      // kind asks the engine for its nodes: where that works, the engine runs and may be used.
      const clusters = await list(context)
      const machine = await measureMachine(ports, dirname(backups))
      return [
        {
          name: 'engine',
          state: 'passed',
          message: `The container engine runs, with ${clusters.length} kind cluster${clusters.length === 1 ? '' : 's'}`,
        },
        ...checkMachine(machine),
      ]
    },
    async create(context, { name, config }) {
      await backUp(context.log)
      const result = await context.run({
        ...request(kindCreateArguments(name), CREATE_TIMEOUT_MS),
        input: config,
        onLine(line) {
          const read = readKindProgress(line)
          if (read) context.report(read.progress, read.step)
        },
      })
      requireSuccess(result)
    },
    async remove({ run, log }, name) {
      await backUp(log)
      requireSuccess(
        await run(request(['delete', 'cluster', '--name', readClusterName(name)], QUESTION_TIMEOUT_MS)),
      )
    },
    async loadImage({ run }, name, image) {
      const what = image.kind === 'image' ? ['docker-image', image.name] : ['image-archive', image.path]
      requireSuccess(await run(request(['load', ...what, '--name', readClusterName(name)], LOAD_TIMEOUT_MS)))
    },
  }
}

function requireSuccess(result: ProcessResult): ProcessResult {
  if (result.code === 0) return result
  const { failure, ...problem } = explainKindFailure(`${result.stderr}\n${result.stdout}`.trim())
  const at = failure === 'config' ? 'config' : failure === 'name-taken' ? 'name' : undefined
  throw new ProblemError({ ...problem, ...(at === undefined ? {} : { at }) })
}
