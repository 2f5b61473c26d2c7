import * as v from 'valibot'
import { contextOf } from '../../../domain/setup/clusters/local-cluster.ts'
import { ProblemError, toProblem } from '../../../domain/problem.ts'
import type { ClusterReference } from '../../../shared/contract/setup/clusters.ts'
import { defineState } from '../../tasks/step-state.ts'
import type { StepContext, StepDefinition } from '../../tasks/task.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { requirePassed } from './checks.ts'
import type { LocalClusterProvider } from './local-cluster-provider.ts'
import { openProvider } from './open-provider.ts'
import { waitForApi } from './wait-for-api.ts'

/** Set from the moment on in which the cluster may be half made by us. */
const BEGUN = defineState('cluster-begun', v.boolean())

export interface CreateClusterOptions extends ClusterReference {
  readonly config: string
  /** Of the provider's tool, which is downloaded where none is installed. */
  readonly toolVersion: string | undefined
  /** What to do about a cluster of this name that exists. */
  readonly ifExists: 'reject' | 'use'
}

/** Checks the machine, makes the cluster and its context, and waits until the cluster answers. */
export function createClusterSteps(
  dependencies: SetupDependencies,
  { provider, name, config, toolVersion, ifExists }: CreateClusterOptions,
): readonly StepDefinition[] {
  const context = contextOf(provider, name)
  const open = (step: StepContext): Promise<LocalClusterProvider> =>
    openProvider(dependencies, provider, toolVersion, step)
  const exists = async (clusters: LocalClusterProvider, step: StepContext): Promise<boolean> =>
    (await clusters.list(step)).some(each => each.name === name)
  const removeHalfMade = async (clusters: LocalClusterProvider, step: StepContext): Promise<void> => {
    // Also where the tool does not list it: what was half made may not be a cluster to it yet.
    await clusters.remove(step, name)
    await dependencies.clusters.reread()
    step.state.set(BEGUN, false)
  }
  return [
    {
      name: 'preflight',
      title: 'Check this machine',
      cleanUp: 'nothing',
      async run(step) {
        const clusters = await open(step)
        // The name and the ports of a cluster that exists are in use by itself.
        const isOwn = step.state.get(BEGUN) === true || (ifExists === 'use' && (await exists(clusters, step)))
        const checks = await clusters.check(step, { name, config }, isOwn)
        for (const { state, message, hint } of checks)
          step.log(`${state}: ${message}${hint === undefined ? '' : `. ${hint}`}`)
        requirePassed(checks)
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
        if (await exists(clusters, step)) {
          // minikube would take an existing cluster and change it; kind rejects it by itself, later.
          if (ifExists === 'reject') throw nameConflict(clusters, name)
          step.log(`The cluster ${name} already exists and is used`)
          return
        }
        step.state.set(BEGUN, true)
        try {
          await clusters.create(step, { name, config })
        } catch (error) {
          // Somebody else made it between the question and the answer: it is not ours to remove.
          if (toProblem(error).at === 'name') step.state.set(BEGUN, false)
          throw error
        }
        await dependencies.clusters.reread()
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
      cleanUp: () => Promise.resolve([`The cluster ${name} exists; its API server did not answer yet.`]),
      run: step => waitForApi(dependencies.clusters, context, step),
    },
  ]
}

const nameConflict = (clusters: LocalClusterProvider, name: string): ProblemError =>
  new ProblemError({
    code: 'conflict',
    message: `There is already a ${clusters.name} cluster named "${name}"`,
    hint: 'Use it, delete it, or choose another name.',
  })
