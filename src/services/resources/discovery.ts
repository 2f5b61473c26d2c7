import {
  fieldsOf,
  listOf,
  optionalFields,
  textsOf,
  type Fields,
} from '../../domain/istio/fields/read-fields.ts'
import { ProblemError } from '../../domain/problem.ts'
import type { ServedType } from '../../shared/contract/resources.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'

/** Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery */
const aggregated = ['v2', 'v2beta1']
  .map(version => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',')

/** Clusters with many operators have about 150; each is one request where the server is old. */
const MAX_GROUP_VERSIONS = 500

/** All types that the server serves, in two requests where it can, else one for each group version. */
export async function discoverTypes(client: KubernetesClient, signal: AbortSignal): Promise<ServedType[]> {
  const [core, groups] = await Promise.all(
    ['/api', '/apis'].map(path => client.readJson({ path, accept: aggregated, signal })),
  )
  const types = await Promise.all([core, groups].map(readAny))
  return types.flat()

  function readAny(answer: unknown): Promise<ServedType[]> {
    const list = fieldsOf(answer)
    return list['kind'] === 'APIGroupDiscoveryList' ? Promise.resolve(readAggregated(list)) : readLegacy(list)
  }

  async function readLegacy(list: Fields): Promise<ServedType[]> {
    const versions = [
      ...textsOf(list['versions']).map((version, index) => ({
        group: '',
        version,
        isPreferred: index === 0,
      })),
      ...recordsOf(list['groups']).flatMap(group => {
        const names = recordsOf(group['versions']).flatMap(({ version }) => textsOf([version]))
        const preferred = fieldsOf(group['preferredVersion'])['version'] ?? names[0]
        return textsOf([group['name']]).flatMap(name =>
          names.map(version => ({ group: name, version, isPreferred: version === preferred })),
        )
      }),
    ].slice(0, MAX_GROUP_VERSIONS)
    const found = await Promise.all(
      versions.map(async place => {
        const path = place.group === '' ? `/api/${place.version}` : `/apis/${place.group}/${place.version}`
        try {
          const { resources } = fieldsOf(await client.readJson({ path, signal }))
          return recordsOf(resources)
            .filter(({ name }) => typeof name === 'string' && !name.includes('/'))
            .flatMap(resource =>
              typeOf(place, {
                kind: resource['kind'],
                plural: resource['name'],
                isNamespaced: resource['namespaced'] === true,
                verbs: resource['verbs'],
                shortNames: resource['shortNames'],
              }),
            )
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

const readAggregated = ({ items }: Fields): ServedType[] =>
  recordsOf(items).flatMap(({ metadata, versions }) => {
    const [group = ''] = textsOf([fieldsOf(metadata)['name']])
    return recordsOf(versions).flatMap(({ version, resources }, index) =>
      recordsOf(resources).flatMap(resource =>
        // The server lists the preferred version first.
        typeOf(
          { group, version, isPreferred: index === 0 },
          {
            kind: fieldsOf(resource['responseKind'])['kind'],
            plural: resource['resource'],
            isNamespaced: resource['scope'] === 'Namespaced',
            verbs: resource['verbs'],
            shortNames: resource['shortNames'],
          },
        ),
      ),
    )
  })

/** One type; none where what names it is missing: an aggregated API may send anything, and must not hide the others. */
function typeOf(
  {
    group,
    version,
    isPreferred,
  }: { readonly group: string; readonly version: unknown; readonly isPreferred: boolean },
  resource: Readonly<Record<'kind' | 'plural' | 'verbs' | 'shortNames', unknown>> & {
    readonly isNamespaced: boolean
  },
): ServedType[] {
  const { kind, plural, isNamespaced, verbs, shortNames } = resource
  if (typeof version !== 'string' || typeof kind !== 'string' || typeof plural !== 'string' || plural === '')
    return []
  return [
    {
      group,
      version,
      kind,
      plural,
      isNamespaced,
      verbs: [...textsOf(verbs)],
      shortNames: [...textsOf(shortNames)],
      isPreferred,
      isCustom: isCustomGroup(group),
      columns: [],
    },
  ]
}

/** A guess for users who may not read CRDs; the CRDs themselves say it better. */
const isCustomGroup = (group: string): boolean =>
  group.includes('.') && (!group.endsWith('.k8s.io') || /^(gateway|snapshot)\.|\.x-k8s\.io$/.test(group))

const recordsOf = (value: unknown): readonly Fields[] =>
  listOf(value)
    .map(optionalFields)
    .filter(fields => fields !== undefined)
