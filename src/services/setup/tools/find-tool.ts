import type { ToolName } from '../../../domain/setup/tools/tool-name.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { StepContext } from '../../tasks/task.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'

/** The program of a tool, by its full path; a missing one is downloaded in the version that fits, where one is named. */
export async function findTool(
  { tools }: Pick<SetupDependencies, 'tools'>,
  tool: ToolName,
  version: string | undefined,
  { signal, log, report }: Pick<StepContext, 'signal' | 'log' | 'report'>,
): Promise<string> {
  const { used, why } = await tools.find(tool, undefined, signal)
  if (used) {
    log(`${tool} ${used.version ?? ''}: ${used.path}. ${why}`)
    return used.path
  }
  if (version === undefined)
    throw new ProblemError({
      code: 'not-found',
      message: why,
      hint: `Install ${tool}, or choose it in Setup.`,
    })
  log(`${why}: ${version} is downloaded`)
  const outcome = await tools.install({
    tool,
    version,
    signal,
    onProgress: ({ bytes, total }) =>
      report(total === undefined ? undefined : bytes / total, `${tool} ${version}`),
  })
  if (outcome.state === 'unconfirmed')
    throw new ProblemError({
      code: 'restricted',
      message: `Nobody publishes a checksum for ${tool} ${version}: the file from ${outcome.from} has SHA-256 ${outcome.sha256}`,
      hint: 'Compare it with one from elsewhere and confirm it in Setup, or put the program on the PATH.',
    })
  return outcome.installed.path
}
