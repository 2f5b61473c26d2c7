import * as v from 'valibot'
import type { Problem } from '../../domain/problem.ts'
import type { KubernetesObject, ResourceType } from '../../domain/kubernetes/kubernetes-object.ts'
import type { JsonSchema } from '../../domain/schema/json-schema.ts'
import { call, stream } from '../rpc/contract.ts'
import { contextSchema, input, resourceIdSchema, resourceTypeSchema } from './input.ts'

/** A type that the connected cluster serves, with what it can do and show. */
export interface ServedType extends ResourceType {
  readonly verbs: readonly string[]
  readonly shortNames: readonly string[]
  /** The version that the server prefers for this group. */
  readonly isPreferred: boolean
  readonly isCustom: boolean
  /** A CRD's additionalPrinterColumns; `path` is the JSONPath. */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly path: string }[]
}

/** One step of a live list. Objects come without managedFields; Secret values are masked. */
export type ResourceEvent =
  /** The whole list of this type: replaces what was there. */
  | { readonly kind: 'snapshot'; readonly type: ResourceType; readonly items: readonly KubernetesObject[] }
  | {
      readonly kind: 'changes'
      readonly type: ResourceType
      readonly put: readonly KubernetesObject[]
      /** uids */
      readonly removed: readonly string[]
    }
  /** The list cannot be read or followed at the moment; what was there stays and is old. */
  | { readonly kind: 'failed'; readonly type: ResourceType; readonly problem: Problem }

/** Everything an editor needs to complete and check the objects of a cluster. */
export interface SchemaBundle {
  readonly source: 'cluster' | 'bundled'
  readonly kinds: readonly {
    readonly apiVersion: string
    readonly kind: string
    readonly schema: JsonSchema
  }[]
  /** Shared definitions that the kinds' schemas refer to as `#/definitions/NAME`. */
  readonly definitions: Readonly<Record<string, JsonSchema>>
}

export const resources = {
  /** The types of the cluster by discovery, custom ones included: now, and again when a CRD comes or goes. */
  watchTypes: stream(input(contextSchema)).of<ServedType[]>(),
  /** Live lists of several types. `namespaces` empty: all. Readers of the same list share one watch. */
  watchResources: stream(
    input(
      v.object({ context: v.string(), types: v.array(resourceTypeSchema), namespaces: v.array(v.string()) }),
    ),
  ).of<ResourceEvent>(),
  /** One object as it is now, whole (managedFields too); Secret values are masked. */
  readObject: call(
    input(v.object({ context: v.string(), id: resourceIdSchema })),
  ).returns<KubernetesObject>(),
  /** JSON schemas made of the cluster's OpenAPI v3 and CRDs. */
  readSchemas: call(input(contextSchema)).returns<SchemaBundle>(),
  /** Lines of a container's log as they come, in small batches. */
  watchLogs: stream(
    input(
      v.object({
        context: v.string(),
        namespace: v.string(),
        pod: v.string(),
        container: v.string(),
        /** How many earlier lines to begin with. */
        tail: v.number(),
      }),
    ),
  ).of<{ readonly lines: readonly string[] }>(),
}
