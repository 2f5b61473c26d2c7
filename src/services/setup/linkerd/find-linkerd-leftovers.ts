import { fieldsOf, textMapOf } from '../../../domain/istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readGatewayApi } from '../gateway-api/live-gateway-api.ts'
import { listItems } from '../../clusters/list-items.ts'
import { formatNameList } from '../steps/format-name-list.ts'
import { listMeshedPods } from './detect-linkerd.ts'

const INJECT = 'linkerd.io/inject'
const WORKLOADS = ['deployments', 'statefulsets', 'daemonsets'] as const

/** What an uninstall of Linkerd leaves in the cluster, a sentence each. */
export async function findLinkerdLeftovers(
  client: KubernetesClient,
  controlPlane: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [gatewayApi, namespaces, workloads, pods] = await Promise.all([
    readGatewayApi(client, signal),
    listItems(client, '/api/v1/namespaces', {}, signal),
    Promise.all(WORKLOADS.map(kind => listItems(client, `/apis/apps/v1/${kind}`, {}, signal))),
    listMeshedPods(client, controlPlane, signal),
  ])
  const asking = namespaces.filter(isAsking).map(({ metadata }) => metadata.name)
  // What is in a namespace that goes, goes with it.
  const going = new Set([
    controlPlane,
    ...namespaces
      .filter(({ metadata }) => metadata.labels?.['linkerd.io/extension'] === 'viz')
      .map(({ metadata }) => metadata.name),
  ])
  const annotated = workloads
    .flat()
    .filter(({ metadata }) => !going.has(metadata.namespace ?? ''))
    .filter(each => isAsking({ metadata: templateOf(each) }))
    .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`)
  return [
    ...(gatewayApi
      ? [`The CRDs of the Gateway API ${gatewayApi.version ?? ''}, as others can use them too.`]
      : []),
    ...(asking.length > 0 ? [`The annotation ${INJECT} of the namespaces ${formatNameList(asking)}.`] : []),
    ...(annotated.length > 0 ? [`The annotation ${INJECT} of ${formatNameList(annotated)}.`] : []),
    ...(pods.length > 0
      ? [
          `The proxies of these pods until they are restarted: ${formatNameList(pods.map(each => `${each.namespace}/${each.name}`))}.`,
        ]
      : []),
  ]
}

const templateOf = ({
  spec,
}: KubernetesObject): { readonly annotations: Readonly<Record<string, string>> } => ({
  annotations: textMapOf(fieldsOf(fieldsOf(fieldsOf(spec)['template'])['metadata'])['annotations']),
})

/** Linkerd's own namespaces go; they say `disabled`. */
const isAsking = ({
  metadata,
}: {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
}): boolean => {
  const requested = metadata.annotations?.[INJECT]
  return requested === 'enabled' || requested === 'ingress'
}
