import { join } from 'node:path'
import type { LocalMeshTarget } from '../../domain/local-mesh/local-mesh-input.ts'
import { resolveLocalMesh } from '../../domain/local-mesh/prepare-local-mesh.ts'
import { ProblemError } from '../../domain/problem.ts'
import type { MeshName } from '../../domain/versions/version-set.ts'
import { contextOfKind, createKind, type Kind } from '../local-clusters/kind.ts'
import type { StepDefinition, StepContext } from '../tasks/task.ts'
import { findTool } from './find-tool.ts'
import type { SetupSetting } from './setup-setting.ts'

const BEGUN = 'cluster-begun'

/** What has to be true of the machine, and then the cluster. */
export function clusterSteps(
  setting: SetupSetting,
  { name, config, ports }: Exclude<LocalMeshTarget, { readonly kind: 'existing' }>,
  mesh: MeshName,
): readonly StepDefinition[] {
  const kindVersion = resolveLocalMesh({ provider: 'kind', mesh }).set.kind
  const openKind = async (step: Pick<StepContext, 'signal' | 'log' | 'report'>): Promise<Kind> =>
    createKind({
      program: await findTool(setting, 'kind', kindVersion, step),
      env: setting.env,
      backups: join(setting.folder, 'kubeconfig-backups'),
      now: setting.now,
    })
  return [
    {
      name: 'preflight',
      title: 'Check this machine',
      cleanUp: 'nothing',
      async run(step) {
        const kind = await openKind(step)
        // The ports of a cluster that is there already are in use by itself.
        const isThere = (await kind.list(step)).includes(name)
        const checks = await kind.check(step, isThere ? [] : [ports.http, ports.https])
        for (const { state, message, hint } of checks)
          step.log(`${state}: ${message}${hint === undefined ? '' : `. ${hint}`}`)
        const failed = checks.find(({ state }) => state === 'failed')
        if (failed)
          throw new ProblemError({
            code: 'conflict',
            message: failed.message,
            ...(failed.hint === undefined ? {} : { hint: failed.hint }),
          })
      },
    },
    {
      name: 'cluster',
      title: `Create the cluster ${name}`,
      async run(step) {
        const kind = await openKind(step)
        if ((await kind.list(step)).includes(name)) {
          if (step.recall(BEGUN) !== true) {
            await setting.clusters
              .client(contextOfKind(name))
              .readJson({ path: '/version', signal: step.signal })
            step.log(`The cluster ${name} is there already and answers: it is used`)
            return
          }
          step.log('An earlier run left the cluster half made: it is deleted first')
          await kind.remove(step, name)
        }
        step.remember(BEGUN, true)
        await kind.create(step, { name, config })
        await setting.clusters.reread()
        step.remember(BEGUN, false)
      },
      async cleanUp(step) {
        if (step.recall(BEGUN) !== true) return []
        const kind = await openKind(step)
        await kind.remove(step, name)
        step.remember(BEGUN, false)
        return []
      },
    },
  ]
}
