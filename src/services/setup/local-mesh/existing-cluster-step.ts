import { fieldsOf } from '../../../domain/mesh/read-fields.ts'
import { readServerVersion } from '../../clusters/server-version.ts'
import { nameOfMesh } from '../../../domain/setup/local-mesh/local-mesh-input.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import type { StepDefinition } from '../../tasks/task.ts'
import type { ClusterWork } from './in-cluster-step.ts'
import { findMesh } from './mesh-step.ts'

/** What a set-up makes; a user who may not is told so before anything has changed. */
const NEEDED = [
  { group: '', resource: 'namespaces' },
  { group: 'apps', resource: 'deployments' },
  { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
] as const

/** Whether the set-up may work in a context and finds no mesh there that is in its way. Changes nothing. */
export function checkExistingCluster({
  setting,
  input,
  context,
}: Pick<ClusterWork, 'setting' | 'input' | 'context'>): StepDefinition {
  return {
    name: 'preflight',
    title: `Check the cluster of ${context}`,
    cleanUp: 'nothing',
    async run({ signal, log }) {
      // A command in the kubeconfig that nobody approved would be run by istioctl: the reason is said here.
      await setting.clusters.programAccess(context)
      const client = setting.clusters.client(context)
      const gitVersion = await readServerVersion(client, signal)
      log(`Kubernetes ${gitVersion} answers`)
      await demandRights(client, context, signal)
      const mesh = await findMesh(client, input.mesh, signal)
      log(
        mesh
          ? `${nameOfMesh(mesh.mesh)} ${mesh.version ?? ''} is in ${mesh.namespace}: it is used as it is`
          : `There is no mesh: ${nameOfMesh(input.mesh)} is going to be installed`,
      )
    },
  }
}

async function demandRights(client: KubernetesClient, context: string, signal: AbortSignal): Promise<void> {
  const answers = await Promise.all(
    NEEDED.map(async ({ group, resource }) => {
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { verb: 'create', group, resource } },
      }
      const answer = await client.readJson({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: JSON.stringify(review),
        signal,
      })
      const allowed = fieldsOf(fieldsOf(answer)['status'])['allowed']
      return { resource, isAllowed: allowed === true }
    }),
  )
  const refused = answers.filter(({ isAllowed }) => !isAllowed).map(({ resource }) => resource)
  if (refused.length === 0) return
  throw new ProblemError({
    code: 'forbidden',
    message: `You don't have permission to create ${refused.join(', ')} in ${context}, so no mesh can be set up there`,
    hint: 'Choose another context, or ask its administrator.',
  })
}
