import { ProblemError } from '../../../domain/problem.ts'
import { createLinkerd, type Linkerd } from './linkerd-program.ts'
import { findTool } from '../tools/find-tool.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import type { StepContext } from '../../tasks/task.ts'

type Step = Pick<StepContext, 'signal' | 'log' | 'report'>

/** The linkerd program for a context, in the requested version, which is downloaded where it is missing. */
export async function openLinkerd(
  dependencies: SetupDependencies,
  {
    context,
    version,
    downloadVersion,
    namespace,
  }: {
    readonly context: string
    readonly version?: string
    readonly downloadVersion?: string
    readonly namespace?: string
  },
  step: Step,
): Promise<Linkerd> {
  const { used } = await dependencies.tools.find('linkerd', version, step.signal)
  const program = used?.path ?? (await fetchLinkerd(dependencies, version ?? downloadVersion, step))
  const access = await dependencies.clusters.programAccess(context)
  return createLinkerd({ program, ...access, ...(namespace === undefined ? {} : { namespace }) })
}

/** Another version than the requested one would install something else than was chosen. */
async function fetchLinkerd(
  dependencies: SetupDependencies,
  version: string | undefined,
  step: Step,
): Promise<string> {
  const any = await dependencies.tools.find('linkerd', undefined, step.signal)
  if (!any.used) return findTool(dependencies, 'linkerd', version, step)
  throw new ProblemError({
    code: 'not-found',
    message: `linkerd ${version ?? ''} is not installed; ${any.used.path} is ${any.used.version ?? 'another version'}`,
    hint: 'Install that version in Setup › Tools, or use the installed one.',
  })
}
