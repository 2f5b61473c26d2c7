import { contextOf } from '../../../domain/setup/clusters/local-cluster.ts'
import { resolveVersions } from '../../../domain/setup/versions/resolve-versions.ts'
import { clusterCreate } from '../../../shared/contract/setup/clusters.ts'
import { implementTask, type TaskDefinition } from '../../tasks/task.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { createClusterSteps } from './create-cluster-steps.ts'

/** Makes a cluster on this machine from a configuration, and its context in the kubeconfig. */
export const defineClusterCreate = (dependencies: SetupDependencies): TaskDefinition =>
  implementTask(clusterCreate, ({ provider, name, config }) => ({
    title: `Create the ${provider} cluster ${name}`,
    lock: `cluster/${contextOf(provider, name)}`,
    steps: createClusterSteps(dependencies, {
      provider,
      name,
      config,
      toolVersion: resolveVersions({ provider, meshes: [] }).set[provider],
      ifExists: 'reject',
    }),
  }))
