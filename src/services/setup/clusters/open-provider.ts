import { join } from 'node:path'
import type { LocalProviderName } from '../../../domain/setup/clusters/local-cluster.ts'
import { findTool } from '../tools/find-tool.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import type { StepContext } from '../../tasks/task.ts'
import { createKindProvider } from './kind-provider.ts'
import type { LocalClusterProvider } from './local-cluster-provider.ts'
import { createMinikubeProvider } from './minikube-provider.ts'

/** A provider by the program that is at hand. */
export function createProvider(
  { env, folder, now }: Pick<SetupDependencies, 'env' | 'folder' | 'now'>,
  name: LocalProviderName,
  { program, version }: { readonly program: string; readonly version: string | undefined },
): LocalClusterProvider {
  const dependencies = { program, env, backups: join(folder, 'kubeconfig-backups'), now }
  return name === 'kind'
    ? createKindProvider({ ...dependencies, version })
    : createMinikubeProvider(dependencies)
}

/** The provider inside a step; its missing tool is downloaded where a version is named. */
export async function openProvider(
  dependencies: SetupDependencies,
  name: LocalProviderName,
  version: string | undefined,
  step: Pick<StepContext, 'signal' | 'log' | 'report'>,
): Promise<LocalClusterProvider> {
  const program = await findTool(dependencies, name, version, step)
  const { programs } = await dependencies.tools.find(name, undefined, step.signal)
  const found = programs.find(({ path }) => path === program)
  return createProvider(dependencies, name, { program, version: found?.version ?? version })
}
