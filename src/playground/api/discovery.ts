import { groupOf as groupIn, versionOf } from '../../domain/kubernetes/kubernetes-object.ts'
import type { ServedResource } from '../objects/served-resource.ts'
import { apiVersionOfType } from './served-types.ts'

interface GroupVersions {
  readonly group: string
  readonly versions: readonly { readonly version: string; readonly types: readonly ServedResource[] }[]
}

/**
 * GA before beta before alpha, higher numbers first, other names last.
 * Source: k8s.io/apimachinery/pkg/version, CompareKubeAwareVersionStrings.
 */
export function compareVersions(a: string, b: string): number {
  const rank = (version: string): readonly number[] => {
    const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? []
    if (major === undefined) return [-1, 0, 0]
    const stageRank = stage === undefined ? 2 : stage === 'beta' ? 1 : 0
    return [stageRank, Number(major), Number(minor ?? 0)]
  }
  const ranks = rank(b)
  const difference = rank(a).map((value, i) => (ranks[i] ?? 0) - value)
  return difference.find(value => value !== 0) ?? a.localeCompare(b)
}

function groupsOf(types: readonly ServedResource[]): readonly GroupVersions[] {
  const groups = new Map<string, Map<string, ServedResource[]>>()
  for (const type of types) {
    const versions = groups.get(type.group) ?? new Map<string, ServedResource[]>()
    groups.set(type.group, versions)
    versions.set(type.version, [...(versions.get(type.version) ?? []), type])
  }
  return [...groups].map(([group, versions]) => ({
    group,
    versions: [...versions]
      .map(([version, ofVersion]) => ({ version, types: ofVersion }))
      .sort((a, b) => compareVersions(a.version, b.version)),
  }))
}

/** `/api/v1` and `/apis/GROUP/VERSION`. */
export const resourceList = (groupVersion: string, types: readonly ServedResource[]): unknown => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion,
  resources: types.flatMap(type => [
    {
      name: type.plural,
      singularName: type.singular,
      namespaced: type.isNamespaced,
      kind: type.kind,
      verbs: type.verbs,
      ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
      ...(type.categories.length > 0 ? { categories: type.categories } : {}),
    },
    ...type.subresources.map(({ name, kind, apiVersion, verbs }) => ({
      name: `${type.plural}/${name}`,
      singularName: '',
      namespaced: type.isNamespaced,
      ...(apiVersion === groupVersion ? {} : { group: groupIn(apiVersion), version: versionOf(apiVersion) }),
      kind,
      verbs,
    })),
  ]),
})

/** `/api`. */
export const coreVersions = (host: string): unknown => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: host }],
})

function apiGroup({ group, versions }: GroupVersions): object {
  const named = versions.map(({ version }) => ({
    groupVersion: apiVersionOfType({ group, version }),
    version,
  }))
  return { name: group, versions: named, preferredVersion: named[0] }
}

/** `/apis`. */
export const groupList = (types: readonly ServedResource[]): unknown => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupsOf(types.filter(type => type.group !== '')).map(apiGroup),
})

/** `/apis/GROUP`; undefined for a group that is not served. */
export function groupOf(types: readonly ServedResource[], name: string): unknown {
  const [found] = groupsOf(types.filter(({ group }) => group === name && group !== ''))
  return found && { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(found) }
}

export const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** Whether a client reads aggregated discovery, KEP-3352. */
export const wantsAggregated = (accept: string | undefined): boolean =>
  (accept ?? '').split(',').some(range => {
    const parts = range.split(';').map(part => part.trim())
    return (
      parts[0] === 'application/json' &&
      parts.includes('g=apidiscovery.k8s.io') &&
      parts.includes('v=v2') &&
      parts.includes('as=APIGroupDiscoveryList')
    )
  })

/** `/api` or `/apis` with everything in one answer. */
export const aggregatedDiscovery = (types: readonly ServedResource[], isCore: boolean): unknown => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: groupsOf(types.filter(({ group }) => (group === '') === isCore)).map(({ group, versions }) => ({
    metadata: group === '' ? {} : { name: group },
    versions: versions.map(({ version, types: ofVersion }) => ({
      version,
      freshness: 'Current',
      resources: ofVersion.map(aggregatedResource),
    })),
  })),
})

const aggregatedResource = (type: ServedResource): object => ({
  resource: type.plural,
  responseKind: { group: type.group, version: type.version, kind: type.kind },
  scope: type.isNamespaced ? 'Namespaced' : 'Cluster',
  singularResource: type.singular,
  verbs: type.verbs,
  ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
  ...(type.categories.length > 0 ? { categories: type.categories } : {}),
  ...(type.subresources.length > 0
    ? {
        subresources: type.subresources.map(({ name, kind, apiVersion, verbs }) => ({
          subresource: name,
          responseKind: { group: groupIn(apiVersion), version: versionOf(apiVersion), kind },
          verbs,
        })),
      }
    : {}),
})
