import { ProblemError } from '../../domain/problem.ts'
import type { ServedType } from '../../shared/contract/resources.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'

/** Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery */
const aggregated = ['v2', 'v2beta1']
  .map(version => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',')

/** All types that the server serves, in two requests where it can, else one for each group version. */
export async function discoverTypes(client: KubernetesClient, signal: AbortSignal): Promise<ServedType[]> {
  const [core, groups] = await Promise.all(
    ['/api', '/apis'].map(path => client.readJson({ path, accept: aggregated, signal })),
  )
  const types = await Promise.all([core, groups].map(readAny))
  return types.flat()

  async function readAny(answer: unknown): Promise<ServedType[]> {
    const list = answer as AggregatedList & LegacyList
    return list.kind === 'APIGroupDiscoveryList' ? readAggregated(list) : readLegacy(list)
  }

  async function readLegacy(list: LegacyList): Promise<ServedType[]> {
    const versions = [
      ...(list.versions ?? []).map((version, index) => ({ group: '', version, isPreferred: index === 0 })),
      ...(list.groups ?? []).flatMap(({ name, versions = [], preferredVersion }) =>
        versions.map(({ version }) => ({
          group: name,
          version,
          isPreferred: version === (preferredVersion?.version ?? versions[0]?.version),
        })),
      ),
    ]
    const found = await Promise.all(
      versions.map(async place => {
        const path = place.group === '' ? `/api/${place.version}` : `/apis/${place.group}/${place.version}`
        try {
          const { resources = [] } = (await client.readJson({ path, signal })) as LegacyResources
          return resources
            .filter(({ name }) => !name.includes('/'))
            .map(resource => ({
              ...place,
              kind: resource.kind,
              plural: resource.name,
              isNamespaced: resource.namespaced,
              verbs: resource.verbs ?? [],
              shortNames: resource.shortNames ?? [],
              isCustom: isCustomGroup(place.group),
              columns: [],
            }))
        } catch (error) {
          // An aggregated API whose server is down must not hide all others, as in kubectl.
          if (error instanceof ProblemError && error.problem.code !== 'cancelled') return []
          throw error
        }
      }),
    )
    return found.flat()
  }
}

function readAggregated({ items = [] }: AggregatedList): ServedType[] {
  return items.flatMap(({ metadata, versions = [] }) =>
    versions.flatMap(({ version, resources = [] }, index) =>
      resources.map(resource => ({
        group: metadata?.name ?? '',
        version,
        kind: resource.responseKind?.kind ?? '',
        plural: resource.resource,
        isNamespaced: resource.scope === 'Namespaced',
        verbs: resource.verbs ?? [],
        shortNames: resource.shortNames ?? [],
        // The server lists the preferred version first.
        isPreferred: index === 0,
        isCustom: isCustomGroup(metadata?.name ?? ''),
        columns: [],
      })),
    ),
  )
}

/** A guess for users who may not read CRDs; the CRDs themselves say it better. */
const isCustomGroup = (group: string): boolean =>
  group.includes('.') && (!group.endsWith('.k8s.io') || /^(gateway|snapshot)\.|\.x-k8s\.io$/.test(group))

interface AggregatedList {
  readonly kind: string
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string }
    readonly versions?: readonly {
      readonly version: string
      readonly resources?: readonly {
        readonly resource: string
        readonly responseKind?: { readonly kind?: string }
        readonly scope?: string
        readonly shortNames?: readonly string[]
        readonly verbs?: readonly string[]
      }[]
    }[]
  }[]
}

interface LegacyList {
  readonly kind: string
  readonly versions?: readonly string[]
  readonly groups?: readonly {
    readonly name: string
    readonly versions?: readonly { readonly version: string }[]
    readonly preferredVersion?: { readonly version: string }
  }[]
}

interface LegacyResources {
  readonly resources?: readonly {
    readonly name: string
    readonly kind: string
    readonly namespaced: boolean
    readonly verbs?: readonly string[]
    readonly shortNames?: readonly string[]
  }[]
}
