import { ProblemError } from '../../domain/problem.ts'
import {
  apiVersionOf,
  type ResourceId,
  type ResourceType,
} from '../../domain/kubernetes/kubernetes-object.ts'
import { parseObject } from '../../domain/kubernetes/parse-object.ts'
import type { Backend } from '../../shared/contract.ts'
import { discoverTypes } from './discovery.ts'
import { maskSecret } from './project-object.ts'
import { createSchemaReader } from './schema-reader.ts'
import { createSharedLists, listPath, type ListClusters } from './shared-list.ts'
import { watchResources } from './watch-resources.ts'
import { watchTypes } from './watch-types.ts'

/** Live lists, single objects, types and schemas of the clusters. */
export function createResources({ clusters }: { readonly clusters: ListClusters }): Pick<
  Backend,
  'watchTypes' | 'watchResources' | 'readObject' | 'readSchemas'
> & {
  stop(): Promise<void>
} {
  const lists = createSharedLists(clusters)
  const schemas = createSchemaReader()
  const knownTypes = new Map<string, readonly ResourceType[]>()

  /** The type that an object's id means; discovery is asked again where what is known lacks it. */
  async function findType(context: string, id: ResourceId, signal: AbortSignal): Promise<ResourceType> {
    const matches = (type: ResourceType): boolean =>
      apiVersionOf(type) === id.apiVersion && type.kind === id.kind
    const known = knownTypes.get(context)?.find(matches)
    if (known) return known
    const types = await discoverTypes(clusters.client(context), signal)
    knownTypes.set(context, types)
    const type = types.find(matches)
    if (type) return type
    throw new ProblemError({
      code: 'not-found',
      message: `The cluster does not serve ${id.kind} of ${id.apiVersion}`,
      hint: 'Is its CRD installed, and in this version?',
    })
  }

  return {
    watchTypes: ({ context }, signal) => watchTypes(clusters, lists, context, signal),
    watchResources: (input, signal) => watchResources(lists, clusters.namespaceOf, input, signal),
    async readObject({ context, id }, signal) {
      const type = await findType(context, id, signal)
      const path = `${listPath(type, id.namespace ?? '')}/${encodeURIComponent(id.name)}`
      const object = parseObject(await clusters.client(context).readJson({ path, signal }))
      if (object) return maskSecret(object)
      throw new ProblemError({
        code: 'invalid',
        message: `What the server sent for ${id.kind} ${id.name} is no object`,
        hint: 'Something between here and the API server may have answered in its place.',
      })
    },
    readSchemas: ({ context }, signal) => schemas.read(context, clusters.client(context), signal),
    stop() {
      lists.stop()
      return Promise.resolve()
    },
  }
}
