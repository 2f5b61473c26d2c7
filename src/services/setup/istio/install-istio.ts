import * as v from 'valibot'
import { ProblemError } from '../../../domain/problem.ts'
import { readObjects, applyObjects } from '../steps/apply-manifest.ts'
import { waitForRollouts } from '../steps/wait-for-rollouts.ts'
import type { IstioInstall } from '../../../shared/contract/setup/istio.ts'
import type { SetupSetting } from '../setup-dependencies.ts'
import { defineState } from '../../tasks/step-state.ts'
import type { StepContext, StepDefinition } from '../../tasks/task.ts'
import { readIstioState } from './istio-cluster.ts'
import { openIstio } from './open-istio.ts'
import { ISTIO_NAMESPACE, planInstall, revisionOf } from './plan-istio.ts'

const READY_WITHIN = 5 * 60_000
/** Whether this task began the installation that is there. */
const BEGUN = defineState('installation-begun', v.boolean())

/** Checks, installs, waits, and looks whether everything is as it was to be. */
export function installSteps(setting: SetupSetting, input: IstioInstall): readonly StepDefinition[] {
  const { context, options, telemetry } = input
  const client = setting.clusters.client(context)
  const revision = revisionOf(options)
  const halfDone = (): Promise<readonly string[]> =>
    Promise.resolve([
      `Istio is installed in part in ${context}; go on with the task, or uninstall what is there.`,
    ])
  return [
    {
      name: 'check',
      title: 'Check whether the cluster is fit',
      cleanUp: 'nothing',
      async run(step) {
        const state = await readIstioState(client, step.signal)
        refuseOthers(state.otherMeshes)
        const existing = state.installations.find(each => each.revision === revision)
        // What an earlier run of this task began is its own.
        if (existing && step.state.get(BEGUN) !== true) {
          if (!existing.isByIstioctl)
            throw new ProblemError({
              code: 'unsupported',
              message: `Istio ${existing.version ?? ''} in ${existing.namespace} was installed with ${existing.managedBy}, so it is not changed here`,
              hint: 'Change it with its own tool, or install another revision beside it.',
            })
          if (input.isOver !== true)
            throw new ProblemError({
              code: 'conflict',
              message: `Istio ${existing.version ?? ''} is installed in ${existing.namespace} already`,
              hint: 'Look at the preview first; then change the installation.',
            })
        }
        for (const conflict of state.conflicts) step.log(conflict)
        await (await openIstio(setting, input, step)).check(step)
      },
    },
    {
      name: 'install',
      title: 'Install',
      cleanUp: halfDone,
      async run(step) {
        step.state.set(BEGUN, true)
        await (await openIstio(setting, input, step)).install(step, options)
      },
    },
    {
      name: 'ready',
      title: 'Wait until everything runs',
      cleanUp: halfDone,
      run: ({ signal, report }) =>
        waitForRollouts({ client, namespace: ISTIO_NAMESPACE, signal, report, longest: READY_WITHIN }),
    },
    ...(telemetry === undefined
      ? []
      : [
          {
            name: 'tracing',
            title: 'Apply the Telemetry of the mesh',
            cleanUp: 'nothing' as const,
            run: ({ signal }: StepContext) =>
              applyObjects({ client, objects: readTelemetry(telemetry), signal }),
          },
        ]),
    {
      name: 'verify',
      title: 'Look whether all is as planned',
      cleanUp: 'nothing',
      async run(step) {
        const { changes } = await planInstall(setting, input, step)
        const differing = changes.filter(({ action }) => action !== 'unchanged')
        step.log(`${String(changes.length - differing.length)} objects are as planned`)
        for (const { action, id } of differing)
          step.log(`${id.kind} ${id.name} is not as planned: another run would ${action} it`)
      },
    },
  ]
}

function refuseOthers(others: readonly string[]): void {
  if (others.length > 0)
    throw new ProblemError({
      code: 'conflict',
      message: `The cluster has ${others.join(', ')} already; two meshes in one cluster work against each other`,
      hint: 'Choose another cluster, or uninstall the other mesh first.',
    })
}

/** Only this kind comes along with the options. */
function readTelemetry(text: string): ReturnType<typeof readObjects> {
  const objects = readObjects(text)
  const other = objects.find(({ kind }) => kind !== 'Telemetry')
  if (!other) return objects
  throw new ProblemError({
    code: 'bad-input',
    message: `A Telemetry was expected, not ${other.kind}`,
    at: 'telemetry',
  })
}
