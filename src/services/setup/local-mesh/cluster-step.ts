import * as v from 'valibot'
import type { LocalMeshTarget } from '../../../domain/setup/local-mesh/local-mesh-input.ts'
import { contextOfTarget } from '../../../domain/setup/local-mesh/local-mesh-input.ts'
import { resolveLocalMesh } from '../../../domain/setup/local-mesh/prepare-local-mesh.ts'
import { toProblem } from '../../../domain/problem.ts'
import type { MeshName } from '../../../domain/setup/versions/version-set.ts'
import { refuseFailed } from '../clusters/checks.ts'
import type { LocalClusterProvider } from '../clusters/local-cluster-provider.ts'
import { openProvider } from '../clusters/open-provider.ts'
import { waitForApi } from '../clusters/wait-for-api.ts'
import { defineState } from '../../tasks/step-state.ts'
import type { StepContext, StepDefinition } from '../../tasks/task.ts'
import type { SetupSetting } from '../setup-dependencies.ts'

/** Set from the moment on in which the cluster may be half made by us. */
const BEGUN = defineState('cluster-begun', v.boolean())

/** What has to be true of the machine, and then the cluster. One of this name that is there already is used. */
export function clusterSteps(
  setting: SetupSetting,
  target: Exclude<LocalMeshTarget, { readonly kind: 'existing' }>,
  mesh: MeshName,
): readonly StepDefinition[] {
  const { kind, name, config } = target
  const context = contextOfTarget(target)
  const open = (step: Pick<StepContext, 'signal' | 'log' | 'report'>): Promise<LocalClusterProvider> =>
    openProvider(setting, kind, resolveLocalMesh({ provider: kind, mesh }).set[kind], step)
  const isThere = async (clusters: LocalClusterProvider, step: StepContext): Promise<boolean> =>
    (await clusters.list(step)).some(each => each.name === name)
  const removeHalfMade = async (clusters: LocalClusterProvider, step: StepContext): Promise<void> => {
    await clusters.remove(step, name)
    await setting.clusters.reread()
    step.state.set(BEGUN, false)
  }
  return [
    {
      name: 'preflight',
      title: 'Check this machine',
      cleanUp: 'nothing',
      async run(step) {
        const clusters = await open(step)
        // The name and the ports of a cluster that is there already are in use by itself.
        const checks = await clusters.check(step, { name, config }, await isThere(clusters, step))
        for (const { state, message, hint } of checks)
          step.log(`${state}: ${message}${hint === undefined ? '' : `. ${hint}`}`)
        refuseFailed(checks)
      },
    },
    {
      name: 'cluster',
      title: `Create the cluster ${name}`,
      async run(step) {
        const clusters = await open(step)
        if (await isThere(clusters, step)) {
          if (step.state.get(BEGUN) !== true) {
            step.log(`The cluster ${name} is there already: it is used`)
            await waitForApi(setting.clusters, context, step)
            return
          }
          step.log('An earlier run left the cluster half made: it is deleted first')
          await removeHalfMade(clusters, step)
        }
        step.state.set(BEGUN, true)
        try {
          await clusters.create(step, { name, config })
        } catch (error) {
          // Somebody else made it between the question and the answer: it is not ours to take away.
          if (toProblem(error).at === 'name') step.state.set(BEGUN, false)
          throw error
        }
        await setting.clusters.reread()
        await waitForApi(setting.clusters, context, step)
        step.state.set(BEGUN, false)
      },
      async cleanUp(step) {
        if (step.state.get(BEGUN) !== true) return []
        await removeHalfMade(await open(step), step)
        return []
      },
    },
  ]
}
