import { fieldsOf } from '../../../domain/istio/fields/read-fields.ts'
import type { Backend } from '../../../shared/contract.ts'
import type { LinkerdState } from '../../../shared/contract/setup/linkerd.ts'
import { createMeshIdentity } from '../certificates/create-mesh-identity.ts'
import { describeCertificate, readCertificates } from '../certificates/read-certificates.ts'
import { readMeshIdentity } from '../certificates/read-mesh-identity.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readLive } from '../../changes/read-live.ts'
import { detectMeshes, type MeshInstallation } from '../steps/detect-mesh.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import type { Grants } from '../../workspace/grants.ts'
import { readGatewayApi } from '../gateway-api/live-gateway-api.ts'
import type { IdentityStore } from './identity-store.ts'
import { isByHelm } from '../../../domain/setup/steps/check-installation.ts'
import { listMeshedPods, detectLinkerd } from './detect-linkerd.ts'
import { readMeshCertificates } from './mesh-certificates.ts'
import { openLinkerd } from './open-linkerd.ts'
import { listItems } from '../../clusters/list-items.ts'
import { ownedBy } from './list-linkerd-objects.ts'
import { planLinkerd } from './plan-linkerd.ts'

type LinkerdMethods = Pick<
  Backend,
  'readLinkerd' | 'checkLinkerd' | 'planLinkerd' | 'prepareLinkerdIdentity' | 'readMeshCertificates'
>

/** The window's side of Linkerd: state, checks, previews and certificates. What changes a cluster is a task. */
export function createLinkerdHandlers(
  dependencies: SetupDependencies,
  identities: IdentityStore,
  grants: Grants,
): LinkerdMethods {
  const { clusters, now } = dependencies
  return {
    readLinkerd: ({ context }, signal) => readState(clusters.client(context), now(), signal),
    async checkLinkerd({ isBefore, ...input }, signal) {
      const step = { signal, log: () => undefined, report: () => undefined }
      const { linkerd } = await detectLinkerd(clusters.client(input.context), signal)
      const namespace = linkerd === undefined ? {} : { namespace: linkerd.namespace }
      return (await openLinkerd(dependencies, { ...input, ...namespace }, step)).check(step, isBefore)
    },
    async planLinkerd(action, signal) {
      if ('gatewayApiFile' in action) await grants.resolveToRead(action.gatewayApiFile)
      return await planLinkerd(dependencies, identities, action, signal)
    },
    async prepareLinkerdIdentity(input) {
      const made = input.kind === 'made' ? await createMeshIdentity(now()) : undefined
      const identity = input.kind === 'given' ? readMeshIdentity(input, now()) : made
      if (!identity) throw new Error('an identity is made or given')
      const anchors = readCertificates(identity.anchors).map(describeCertificate)
      const [issuer] = readCertificates(identity.certificate).map(describeCertificate)
      if (!issuer) throw new Error('an identity has an issuer')
      const shown = made && { anchorKey: made.anchorKey, anchor: made.anchors }
      return { id: identities.keep(identity), anchors, issuer, ...shown }
    },
    async readMeshCertificates({ context }, signal) {
      const client = clusters.client(context)
      return readMeshCertificates(client, await detectMeshes(client, signal), now(), signal)
    },
  }
}

async function readState(client: KubernetesClient, now: number, signal: AbortSignal): Promise<LinkerdState> {
  const [{ linkerd, others }, gatewayApi, extensions] = await Promise.all([
    detectLinkerd(client, signal),
    readGatewayApi(client, signal),
    listItems(client, '/api/v1/namespaces', { labelSelector: ownedBy({ extension: 'viz' }) }, signal),
  ])
  const [{ certificates, problem }, pods, installation] = await Promise.all([
    readMeshCertificates(client, linkerd ? [linkerd] : [], now, signal),
    linkerd ? listMeshedPods(client, linkerd.namespace, signal) : [],
    linkerd && describeInstallation(client, linkerd, signal),
  ])
  const viz = extensions[0]?.metadata
  const vizVersion = /\S+$/.exec(viz?.annotations?.['linkerd.io/created-by'] ?? '')?.[0]
  return {
    meshedPods: pods.length,
    certificates,
    otherMeshes: others.map(({ mesh, version = '', namespace }) => `${mesh} ${version} in ${namespace}`),
    ...(installation ? { installation } : {}),
    ...(viz
      ? { viz: { namespace: viz.name, ...(vizVersion === undefined ? {} : { version: vizVersion }) } }
      : {}),
    ...(gatewayApi ? { gatewayApi } : {}),
    ...(problem ? { certificatesProblem: problem } : {}),
  }
}

async function describeInstallation(
  client: KubernetesClient,
  installation: MeshInstallation,
  signal: AbortSignal,
): Promise<NonNullable<LinkerdState['installation']>> {
  const { namespace, version, managedBy } = installation
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/linkerd-destination`
  const replicas = fieldsOf((await readLive(client, path, signal))?.spec)['replicas']
  return {
    namespace,
    managedBy,
    // High availability has three of each. Source: linkerd2, charts/linkerd-control-plane/values-ha.yaml
    isHighAvailability: typeof replicas === 'number' && replicas >= 3,
    isByHelm: isByHelm(installation),
    ...(version === undefined ? {} : { version }),
  }
}
