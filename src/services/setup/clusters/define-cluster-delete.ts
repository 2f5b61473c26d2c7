import { contextOf } from '../../../domain/setup/clusters/local-cluster.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { clusterDelete } from '../../../shared/contract/setup/clusters.ts'
import { implementTask, type TaskDefinition } from '../../tasks/task.ts'
import { openProvider } from './open-provider.ts'

/** Deletes a cluster and its context; one that is gone already is what was wanted. */
export const defineClusterDelete = (dependencies: SetupDependencies): TaskDefinition =>
  implementTask(clusterDelete, ({ provider, name }) => {
    const context = contextOf(provider, name)
    return {
      title: `Delete the ${provider} cluster ${name}`,
      lock: `cluster/${context}`,
      steps: [
        {
          name: 'delete',
          title: `Delete the cluster ${name} and its context ${context}`,
          async run(step) {
            const clusters = await openProvider(dependencies, provider, undefined, step)
            if ((await clusters.list(step)).some(each => each.name === name))
              await clusters.remove(step, name)
            else step.log(`The ${provider} cluster ${name} no longer exists`)
            await dependencies.clusters.reread()
          },
          cleanUp: () =>
            Promise.resolve([`The cluster ${name} may be deleted in part: delete it again to finish.`]),
        },
      ],
    }
  })
