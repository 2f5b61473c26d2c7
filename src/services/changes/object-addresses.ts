import { ProblemError } from '../../domain/problem.ts'
import type { ResourceId } from '../../domain/kubernetes/kubernetes-object.ts'
import { groupOf } from '../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'

interface Served {
  readonly plural: string
  readonly isNamespaced: boolean
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** Where a group version is served. Source: https://kubernetes.io/docs/reference/using-api/#api-groups */
const rootOf = (apiVersion: string): string =>
  groupOf(apiVersion) === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`

async function findKind(
  client: KubernetesClient,
  { apiVersion, kind }: ResourceId,
  signal: AbortSignal,
): Promise<Served> {
  let answer: unknown
  try {
    answer = await client.readJson({ path: rootOf(apiVersion), signal })
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code !== 'not-found') throw error
    answer = {}
  }
  const resources: unknown[] =
    isRecord(answer) && Array.isArray(answer['resources']) ? answer['resources'] : []
  for (const resource of resources)
    if (
      isRecord(resource) &&
      resource['kind'] === kind &&
      typeof resource['name'] === 'string' &&
      !resource['name'].includes('/')
    )
      return { plural: resource['name'], isNamespaced: resource['namespaced'] === true }
  throw new ProblemError({
    code: 'not-found',
    message: `The cluster does not serve ${kind} in ${apiVersion}`,
    hint:
      groupOf(apiVersion) === 'install.istio.io'
        ? 'This is an input of istioctl install -f, not an object that a cluster knows.'
        : 'Install its CRD, or use a version that the cluster serves.',
    at: 'apiVersion',
  })
}

export interface ObjectAddress {
  /** The URL path of the object. */
  readonly path: string
  /** Of its list, to which new objects are posted. */
  readonly listPath: string
  /** The id with the namespace that it really has. */
  readonly id: ResourceId
}

/** The URL of an object; a namespaced one without a namespace is in `namespace`. Asks discovery each time: CRDs come and go. */
export async function addressOf(
  client: KubernetesClient,
  id: ResourceId,
  namespace: string,
  signal: AbortSignal,
): Promise<ObjectAddress> {
  const { plural, isNamespaced } = await findKind(client, id, signal)
  const place = isNamespaced ? (id.namespace ?? namespace) : undefined
  const parent = place === undefined ? '' : `/namespaces/${encodeURIComponent(place)}`
  const listPath = `${rootOf(id.apiVersion)}${parent}/${plural}`
  const { apiVersion, kind, name } = id
  return {
    listPath,
    path: `${listPath}/${encodeURIComponent(name)}`,
    id: { apiVersion, kind, name, ...(place === undefined ? {} : { namespace: place }) },
  }
}
