import { contextOf } from '../../../domain/setup/clusters/local-cluster.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { clusterStart, clusterStop } from '../../../shared/contract/setup/clusters.ts'
import { implementTask, type TaskDefinition } from '../../tasks/task.ts'
import { openProvider } from './open-provider.ts'
import { waitForApi } from './wait-for-api.ts'

/** Starts a cluster that was stopped, as it was, and waits until it answers. */
export const defineClusterStart = (dependencies: SetupDependencies): TaskDefinition =>
  implementTask(clusterStart, ({ provider, name }) => {
    const context = contextOf(provider, name)
    const halfDone = [`Some nodes of ${name} may run and others not: start or stop it again.`]
    return {
      title: `Start the ${provider} cluster ${name}`,
      lock: `cluster/${context}`,
      steps: [
        {
          name: 'start',
          title: `Start the nodes of ${name}`,
          async run(step) {
            const clusters = await openProvider(dependencies, provider, undefined, step)
            await clusters.start(step, name)
            await dependencies.clusters.reread()
          },
          cleanUp: () => Promise.resolve(halfDone),
        },
        {
          name: 'ready',
          title: `Wait until ${context} answers`,
          cleanUp: () => Promise.resolve([`The nodes of ${name} run; its API server did not answer yet.`]),
          run: step => waitForApi(dependencies.clusters, context, step),
        },
      ],
    }
  })

/** Stops the nodes of a cluster; what is in it stays. */
export const defineClusterStop = (dependencies: SetupDependencies): TaskDefinition =>
  implementTask(clusterStop, ({ provider, name }) => {
    return {
      title: `Stop the ${provider} cluster ${name}`,
      lock: `cluster/${contextOf(provider, name)}`,
      steps: [
        {
          name: 'stop',
          title: `Stop the nodes of ${name}`,
          async run(step) {
            const clusters = await openProvider(dependencies, provider, undefined, step)
            await clusters.stop(step, name)
            await dependencies.clusters.reread()
          },
          cleanUp: () =>
            Promise.resolve([`Some nodes of ${name} may be stopped and others not: start or stop it again.`]),
        },
      ],
    }
  })
