import { fieldsOf, listOf, optionalFields, type Fields } from '../../domain/istio/fields/read-fields.ts'
import { toProblem } from '../../domain/problem.ts'
import type { KubernetesObject, ResourceType } from '../../domain/kubernetes/kubernetes-object.ts'
import type { ServedType } from '../../shared/contract/resources.ts'
import { createLatestValue } from '../clusters/latest-value.ts'
import { pause } from '../clusters/pause.ts'
import { discoverTypes } from './discovery.ts'
import type { createSharedLists, ListClusters } from './shared-list.ts'

const crdType: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  isNamespaced: false,
}

/** CRDs of one installation come together. */
const settle = 200
/** Discovery lags behind a CRD that is established: it is asked again so often. */
const lagTries = 10

/** The types of the cluster, again when a CRD changes and when the connection comes back. */
export async function* watchTypes(
  clusters: ListClusters,
  lists: ReturnType<typeof createSharedLists>,
  context: string,
  outer: AbortSignal,
): AsyncGenerator<ServedType[]> {
  const stop = new AbortController()
  const signal = AbortSignal.any([outer, stop.signal])
  const changed = createLatestValue(0)
  const mark = (): void => changed.set(changed.get() + 1)
  const { list, leave } = lists.join(
    { context, type: crdType, namespace: '' },
    { replace: mark, put: mark, remove: mark, fail: mark, recover: mark },
  )
  const following = followConnection(clusters, context, mark, signal)
  let last: string | undefined
  let tries = 0
  try {
    const changes = changed.watch(signal)
    while (!(await changes.next()).done) {
      if (last !== undefined) await pause(settle, signal)
      // Columns come with the CRDs: no point in an answer before they are read, or refused.
      if (list.objects === undefined && list.problem === undefined) continue
      let types: ServedType[]
      try {
        types = await discoverTypes(clusters.client(context), signal)
      } catch (error) {
        if (signal.aborted) return
        // The connection says that it is down; when it is back, `changed` is marked. A busy server is asked again.
        if (toProblem(error).code === 'unreachable') void pause(2000, signal).then(mark)
        continue
      }
      const definitions = [...(list.objects?.values() ?? [])].map(readDefinition)
      const isLagging = definitions.some(
        definition => definition.isEstablished && !types.some(definition.serves),
      )
      tries = isLagging ? tries + 1 : 0
      if (isLagging && tries <= lagTries) {
        void pause(700, signal).then(mark)
        // A server that starts serves its CRDs a little later: what was there stays until then.
        if (last !== undefined) continue
      }
      const described = types.map(type => describe(type, definitions))
      const text = JSON.stringify(described)
      if (text === last) continue
      last = text
      yield described
    }
  } finally {
    stop.abort()
    leave()
    await following
  }
}

async function followConnection(
  clusters: ListClusters,
  context: string,
  mark: () => void,
  signal: AbortSignal,
): Promise<void> {
  for await (const { kind } of clusters.watchConnection({ context }, signal)) if (kind === 'live') mark()
}

interface Definition {
  readonly isEstablished: boolean
  readonly serves: (type: ServedType) => boolean
  readonly columnsOf: (type: ServedType) => ServedType['columns']
}

function describe(type: ServedType, definitions: readonly Definition[]): ServedType {
  const definition = definitions.find(candidate => candidate.serves(type))
  if (!definition) return type
  return { ...type, isCustom: true, columns: definition.columnsOf(type) }
}

/** Source: https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/ */
function readDefinition({ spec, status }: KubernetesObject): Definition {
  const { group, names, versions } = fieldsOf(spec)
  const { plural } = fieldsOf(names)
  return {
    isEstablished: recordsOf(fieldsOf(status)['conditions']).some(
      condition => condition['type'] === 'Established' && condition['status'] === 'True',
    ),
    serves: type => type.group === group && type.plural === plural,
    columnsOf: type => {
      const version = recordsOf(versions).find(({ name }) => name === type.version)
      return (
        recordsOf(version?.['additionalPrinterColumns'])
          // Columns of a lower priority are kubectl's `-o wide`.
          .filter(({ priority }) => (priority ?? 0) === 0)
          .flatMap(({ name, type, jsonPath }) =>
            typeof name === 'string' && typeof type === 'string' && typeof jsonPath === 'string'
              ? [{ name, type, path: jsonPath }]
              : [],
          )
      )
    },
  }
}

const recordsOf = (value: unknown): readonly Fields[] =>
  listOf(value)
    .map(optionalFields)
    .filter(fields => fields !== undefined)
