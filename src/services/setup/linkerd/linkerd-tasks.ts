import {
  linkerdInstall,
  linkerdUninstall,
  linkerdUpgrade,
  linkerdViz,
} from '../../../shared/contract/setup/linkerd.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { implementTask, type StepContext, type TaskDefinition } from '../../tasks/task.ts'
import { stepsIn } from '../steps/change-step.ts'
import type { IdentityStore } from './identity-store.ts'
import { installLinkerdSteps, installViz } from './install-linkerd.ts'
import { requireLinkerd, detectLinkerd } from './detect-linkerd.ts'
import { openLinkerd } from './open-linkerd.ts'
import { removeViz, uninstallLinkerdSteps } from './uninstall-linkerd.ts'
import { upgradeLinkerdSteps } from './upgrade-linkerd.ts'

const lockOf = (context: string): string => `cluster/${context}`

/** Linkerd's tasks: install, upgrade, uninstall, and viz on and off. */
export const defineLinkerdTasks = (
  dependencies: SetupDependencies,
  identities: IdentityStore,
): readonly TaskDefinition[] => [
  implementTask(linkerdInstall, input => {
    return {
      title: `Install Linkerd in ${input.context}`,
      lock: lockOf(input.context),
      steps: installLinkerdSteps(dependencies, identities, input),
    }
  }),
  implementTask(linkerdUpgrade, input => {
    return {
      title: `Upgrade Linkerd in ${input.context}`,
      lock: lockOf(input.context),
      steps: upgradeLinkerdSteps(dependencies, input),
    }
  }),
  implementTask(linkerdUninstall, input => {
    return {
      title: `Uninstall Linkerd from ${input.context}`,
      lock: lockOf(input.context),
      steps: uninstallLinkerdSteps(dependencies, input),
    }
  }),
  implementTask(linkerdViz, input => {
    const { context, isOn } = input
    const { change } = stepsIn(dependencies, context)
    const title = isOn ? `Install Linkerd viz in ${context}` : `Uninstall Linkerd viz from ${context}`
    const lock = lockOf(context)
    if (!isOn) return { title, lock, steps: [change('viz', 'Uninstall Linkerd viz', removeViz)] }
    return {
      title,
      lock,
      steps: [
        change('viz', 'Install Linkerd viz', async (client, step) => {
          const { namespace } = requireLinkerd(await detectLinkerd(client, step.signal), context)
          const open = (each: StepContext) => openLinkerd(dependencies, { ...input, namespace }, each)
          await installViz(open)(client, step)
        }),
      ],
    }
  }),
]
