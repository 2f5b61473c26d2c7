import * as v from 'valibot'
import { contextOf } from '../../../domain/setup/clusters/local-cluster.ts'
import { ProblemError, toProblem } from '../../../domain/problem.ts'
import { resolveVersions } from '../../../domain/setup/versions/resolve-versions.ts'
import type { SetupSetting } from '../setup-dependencies.ts'
import { clusterCreate } from '../../../shared/contract/setup/clusters.ts'
import { defineState } from '../../tasks/step-state.ts'
import { implementTask, type StepContext, type TaskDefinition } from '../../tasks/task.ts'
import { refuseFailed } from './checks.ts'
import type { LocalClusterProvider } from './local-cluster-provider.ts'
import { openProvider } from './open-provider.ts'
import { waitForApi } from './wait-for-api.ts'

/** Set from the moment on in which the cluster may be half made by us. */
const BEGUN = defineState('cluster-begun', v.boolean())

/** Makes a cluster on this machine from a configuration, and its context in the kubeconfig. */
export const defineClusterCreate = (setting: SetupSetting): TaskDefinition =>
  implementTask(clusterCreate, ({ provider, name, config }) => {
    const context = contextOf(provider, name)
    const open = (step: StepContext): Promise<LocalClusterProvider> =>
      openProvider(setting, provider, resolveVersions({ provider, meshes: [] }).set[provider], step)
    const removeHalfMade = async (clusters: LocalClusterProvider, step: StepContext): Promise<void> => {
      // Also where the tool does not list it: what was half made may not be a cluster to it yet.
      await clusters.remove(step, name)
      await setting.clusters.reread()
      step.state.set(BEGUN, false)
    }
    return {
      title: `Create the ${provider} cluster ${name}`,
      lock: `cluster/${context}`,
      steps: [
        {
          name: 'preflight',
          title: 'Check this machine',
          cleanUp: 'nothing',
          async run(step) {
            const clusters = await open(step)
            const checks = await clusters.check(step, { name, config }, step.state.get(BEGUN) === true)
            for (const { state, message, hint } of checks)
              step.log(`${state}: ${message}${hint === undefined ? '' : `. ${hint}`}`)
            refuseFailed(checks)
          },
        },
        {
          name: 'create',
          title: `Create the cluster ${name}`,
          async run(step) {
            const clusters = await open(step)
            if (step.state.get(BEGUN) === true) {
              step.log('An earlier run left the cluster half made: it is deleted first')
              await removeHalfMade(clusters, step)
            }
            await refuseTaken(clusters, step, name)
            step.state.set(BEGUN, true)
            try {
              await clusters.create(step, { name, config })
            } catch (error) {
              // Somebody else made it between the question and the answer: it is not ours to take away.
              if (toProblem(error).at === 'name') step.state.set(BEGUN, false)
              throw error
            }
            await setting.clusters.reread()
            step.state.set(BEGUN, false)
          },
          async cleanUp(step) {
            if (step.state.get(BEGUN) !== true) return []
            await removeHalfMade(await open(step), step)
            return []
          },
        },
        {
          name: 'ready',
          title: `Wait until ${context} answers`,
          cleanUp: () =>
            Promise.resolve([`The cluster ${name} is there; its API server did not answer yet.`]),
          run: step => waitForApi(setting.clusters, context, step),
        },
      ],
    }
  })

/** minikube would take an existing cluster and change it; kind refuses by itself, later. */
async function refuseTaken(clusters: LocalClusterProvider, step: StepContext, name: string): Promise<void> {
  if (!(await clusters.list(step)).some(each => each.name === name)) return
  throw new ProblemError({
    code: 'conflict',
    message: `There is already a ${clusters.name} cluster named "${name}"`,
    hint: 'Use it, delete it, or choose another name.',
  })
}
