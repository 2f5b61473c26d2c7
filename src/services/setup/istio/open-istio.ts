import { createIstio, type Istio } from './istioctl.ts'
import { findTool } from '../tools/find-tool.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { runProcess } from '../../tasks/run-process.ts'
import type { StepContext } from '../../tasks/task.ts'

/** istioctl for a context; a requested version that is missing is downloaded first. */
export async function openIstio(
  dependencies: SetupDependencies,
  { context, version }: { readonly context: string; readonly version?: string | undefined },
  step: Pick<StepContext, 'signal' | 'log' | 'report'>,
): Promise<Istio> {
  const program = await findTool(dependencies, 'istioctl', version, step)
  return createIstio({ program, ...(await dependencies.clusters.programAccess(context)) })
}

/** A preview is no task: it has no log, and its problems are all that it says. */
export const quietStep = (signal: AbortSignal): Pick<StepContext, 'signal' | 'log' | 'report' | 'run'> => ({
  signal,
  log: () => undefined,
  report: () => undefined,
  run: request => runProcess({ ...request, signal }),
})
