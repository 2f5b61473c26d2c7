import { delimiter, isAbsolute, join } from 'node:path'
import { explainEngineFailure } from '../../../domain/setup/clusters/engine-failures.ts'
import { readContainers, type EngineContainer } from '../../../domain/setup/clusters/read-containers.ts'
import {
  readEngineInfo,
  type EngineFacts,
  type EngineName,
} from '../../../domain/setup/clusters/read-engine-info.ts'
import { ProblemError, type Problem } from '../../../domain/problem.ts'
import type { Host } from '../../host.ts'
import type { ProcessResult } from '../../tasks/run-process.ts'
import type { StepContext } from '../../tasks/task.ts'
import { isProgram } from '../tools/find-programs.ts'

export type Run = Pick<StepContext, 'run'>

/** Docker or Podman, by its own program. */
export interface ContainerEngine {
  readonly name: EngineName
  readonly program: string
  readonly inspect: (context: Run) => Promise<EngineFacts | Problem>
  /** Running or not, those with a label. */
  readonly list: (context: Run, label: string) => Promise<readonly EngineContainer[]>
  /** Starts or stops containers by their names. */
  readonly switch: (context: Run, how: 'start' | 'stop', names: readonly string[]) => Promise<void>
}

const ANSWER_TIMEOUT_MS = 20_000
const SWITCH_TIMEOUT_MS = 5 * 60_000

/** The engines on the PATH, the one first that kind would take. Source: kind, pkg/cluster/provider.go, DetectNodeProvider */
export async function findEngines(env: Host['env']): Promise<readonly ContainerEngine[]> {
  const requested = env['KIND_EXPERIMENTAL_PROVIDER']
  const names = (['docker', 'podman'] as const).toSorted(
    (a, b) => Number(b === requested) - Number(a === requested),
  )
  const programs = await Promise.all(names.map(name => findProgram(name, env)))
  return names.flatMap((name, index) => {
    const program = programs[index]
    return program === undefined ? [] : [createEngine(name, program, env)]
  })
}

/** The first engine that answers. */
export async function findRunningEngine(
  context: Run,
  env: Host['env'],
): Promise<ContainerEngine | undefined> {
  for (const engine of await findEngines(env)) {
    const facts = await engine.inspect(context)
    if ('version' in facts) return engine
  }
  return undefined
}

async function findProgram(name: string, env: Host['env']): Promise<string | undefined> {
  const file = process.platform === 'win32' ? `${name}.exe` : name
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    // The app's working folder is not the user's, so a relative folder means nothing.
    if (isAbsolute(folder) && (await isProgram(join(folder, file)))) return join(folder, file)
  }
  return undefined
}

function createEngine(name: EngineName, program: string, env: Host['env']): ContainerEngine {
  const ask = ({ run }: Run, args: readonly string[], timeoutMs: number): Promise<ProcessResult> =>
    run({ command: program, args, env, timeoutMs })
  const requireSuccess = async (
    context: Run,
    args: readonly string[],
    timeoutMs: number,
  ): Promise<ProcessResult> => {
    const result = await ask(context, args, timeoutMs)
    if (result.code === 0) return result
    throw new ProblemError(explainEngineFailure(name, `${result.stderr}\n${result.stdout}`.trim()))
  }
  // Docker has no format json for a list in older releases, Podman's template prints Go values for lists.
  const [infoFormat, listFormat] = name === 'docker' ? ['{{json .}}', '{{json .}}'] : ['json', 'json']
  return {
    name,
    program,
    inspect: async context =>
      readEngineInfo(name, await ask(context, ['info', '--format', infoFormat], ANSWER_TIMEOUT_MS)),
    list: async (context, label) => {
      const args = ['ps', '--all', '--filter', `label=${label}`, '--format', listFormat]
      return readContainers((await requireSuccess(context, args, ANSWER_TIMEOUT_MS)).stdout)
    },
    switch: async (context, how, names) => {
      if (names.length > 0) await requireSuccess(context, [how, ...names], SWITCH_TIMEOUT_MS)
    },
  }
}
