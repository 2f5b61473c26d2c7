import { ProblemError } from '../../../domain/problem.ts'
import { istioInstall, istioTag, istioUninstall } from '../../../shared/contract/setup/istio.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { implementTask, type TaskDefinition } from '../../tasks/task.ts'
import { installSteps } from './install-istio.ts'
import { readIstioState } from './istio-cluster.ts'
import { openIstio } from './open-istio.ts'
import { revisionOf } from './plan-istio.ts'
import { uninstallSteps } from './uninstall-istio.ts'

const lockOf = (context: string): string => `cluster/${context}`

/** Istio's tasks: install (also another revision beside one), uninstall, and point a tag to a revision. */
export const defineIstioTasks = (dependencies: SetupDependencies): readonly TaskDefinition[] => [
  implementTask(istioInstall, input => {
    const revision = revisionOf(input.options)
    const name = revision === 'default' ? 'Istio' : `Istio, revision ${revision},`
    return {
      title: `Install ${name} in ${input.context}`,
      lock: lockOf(input.context),
      steps: installSteps(dependencies, input),
    }
  }),
  implementTask(istioUninstall, input => {
    const what = input.revision === undefined ? 'Istio' : `the revision ${input.revision} of Istio`
    return {
      title: `Uninstall ${what} from ${input.context}`,
      lock: lockOf(input.context),
      steps: uninstallSteps(dependencies, input),
    }
  }),
  implementTask(istioTag, input => {
    const { context, tag, revision } = input
    return {
      title:
        revision === undefined
          ? `Remove the tag ${tag} from ${context}`
          : `Point the tag ${tag} to ${revision} in ${context}`,
      lock: lockOf(context),
      steps: [
        {
          name: 'tag',
          title: revision === undefined ? 'Remove the tag' : `Point the tag to ${revision}`,
          cleanUp: 'nothing',
          async run(step) {
            const { installations } = await readIstioState(dependencies.clusters.client(context), step.signal)
            if (revision !== undefined && !installations.some(each => each.revision === revision))
              throw new ProblemError({
                code: 'not-found',
                message: `There is no revision ${revision} of Istio in ${context}`,
                hint: 'Install it first.',
              })
            await (await openIstio(dependencies, input, step)).tag(step, tag, revision)
          },
        },
      ],
    }
  }),
]
