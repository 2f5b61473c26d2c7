import { nameOfMesh } from '../../../domain/setup/steps/mesh-name.ts'
import { requireNoOtherMesh } from '../../../domain/setup/steps/check-installation.ts'
import type { MeshName } from '../../../domain/setup/versions/version-set.ts'
import { fieldsOf } from '../../../domain/istio/fields/read-fields.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readServerVersion } from '../../clusters/server-version.ts'
import type { StepDefinition } from '../../tasks/task.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { detectMeshes } from '../steps/detect-mesh.ts'

/** What Setup creates; a user without the permission learns it before anything has changed. */
const NEEDED = [
  { group: '', resource: 'namespaces' },
  { group: 'apps', resource: 'deployments' },
  { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
] as const

/** Checks that a mesh can be set up in a context: rights, and no other mesh in its way. Changes nothing. */
export const existingClusterSteps = (
  { clusters }: Pick<SetupDependencies, 'clusters'>,
  { context, mesh }: { readonly context: string; readonly mesh: MeshName },
): readonly StepDefinition[] => [
  {
    name: 'preflight',
    title: `Check the cluster of ${context}`,
    cleanUp: 'nothing',
    async run({ signal, log }) {
      // A command in the kubeconfig that nobody approved would be run by istioctl: the reason is given here.
      await clusters.programAccess(context)
      const client = clusters.client(context)
      log(`Kubernetes ${await readServerVersion(client, signal)} answers`)
      await requireRights(client, context, signal)
      const found = await detectMeshes(client, signal)
      requireNoOtherMesh(mesh, found)
      const [existing] = found
      log(
        existing
          ? `${nameOfMesh(mesh)} ${existing.version ?? ''} is in ${existing.namespace} and is used as it is`
          : `The cluster has no mesh: ${nameOfMesh(mesh)} will be installed`,
      )
    },
  },
]

async function requireRights(client: KubernetesClient, context: string, signal: AbortSignal): Promise<void> {
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
  const denied = answers.filter(({ isAllowed }) => !isAllowed).map(({ resource }) => resource)
  if (denied.length === 0) return
  throw new ProblemError({
    code: 'forbidden',
    message: `You don't have permission to create ${denied.join(', ')} in ${context}, so no mesh can be set up there`,
    hint: 'Choose another context, or ask its administrator.',
  })
}
