import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'

export { loadSchemas, schemaOf } from './schema-lookup.ts'

/** `/openapi/v3`: the documents by `api/v1`, `apis/GROUP/VERSION`. */
export function openApiV3Index(crds: readonly KubernetesObject[]): unknown {
  return { paths: {}, crds: crds.length }
}

/** One document of `/openapi/v3/…`; `groupVersion` is `v1` or `GROUP/VERSION`. Undefined where nothing is served. */
export function openApiV3(groupVersion: string, crds: readonly KubernetesObject[]): unknown {
  return groupVersion === '' || crds.length < 0 ? undefined : { openapi: '3.0.0' }
}

/** `/openapi/v2` as JSON. */
export function openApiV2(crds: readonly KubernetesObject[]): unknown {
  return { swagger: '2.0', count: crds.length }
}
