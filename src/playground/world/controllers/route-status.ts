import { reportRoutes } from '../../../domain/gateway-api/route-status.ts'
import { MESH_KINDS } from '../../../domain/kubernetes/kinds.ts'
import type { Fields } from '../../../domain/istio/fields/read-fields.ts'
import { fieldsOf, listOf } from '../../../domain/istio/fields/read-fields.ts'
import type { CollectionName } from '../../store.ts'
import { collectionKey, collections } from '../collections.ts'
import { canonicalJson } from '../context.ts'
import type { ControllerContext } from './controller-context.ts'
import { makeCondition, writeStatus } from './controller-context.ts'
import { withoutUpdateTime } from './gateway-classes.ts'

const GATEWAY_API = 'gateway.networking.k8s.io'

const read: readonly CollectionName[] = [
  ...MESH_KINDS.filter(({ group }) => group === GATEWAY_API).map(({ group, plural }) => ({ group, plural })),
  { group: 'networking.istio.io', plural: 'serviceentries' },
  collections.services,
  collections.namespaces,
]

/** Whether the status of routes can hang on an object of a collection. */
export const decidesRoutes: (collection: CollectionName) => boolean = (() => {
  const keys = new Set(read.map(collectionKey))
  return collection => keys.has(collectionKey(collection))
})()

/** Writes into the routes of the Gateway API whether their parents take them, as istiod does. */
export function reconcileRoutes(context: ControllerContext): void {
  const { store } = context
  const objects = read.flatMap(collection => store.list(collection))
  for (const { kind, namespace, name, parents } of reportRoutes(objects)) {
    const plural = MESH_KINDS.find(item => item.group === GATEWAY_API && item.kind === kind)?.plural
    if (plural === undefined) continue
    const collection = { group: GATEWAY_API, plural }
    const route = store.get(collection, namespace, name)
    if (route === undefined || route.metadata.deletionTimestamp !== undefined) continue
    const before = listOf(fieldsOf(route.status)['parents']).map(fieldsOf)
    const status = {
      parents: parents.map(({ parentRef, controllerName, conditions }) => {
        const known = listOf(
          before.find(item => canonicalJson(item['parentRef']) === canonicalJson(parentRef))?.['conditions'],
        ).map(fieldsOf)
        return {
          parentRef,
          controllerName,
          conditions: conditions.map((condition): Fields => ({
            ...withoutUpdateTime(makeCondition(context, known, condition)),
            observedGeneration: route.metadata.generation ?? 1,
          })),
        }
      }),
    }
    if (canonicalJson(status) !== canonicalJson(route.status)) writeStatus(context, collection, route, status)
  }
}
