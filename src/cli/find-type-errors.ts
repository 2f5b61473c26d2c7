import { groupOf, type KubernetesObject } from '../domain/resources/kubernetes-object.ts'
import { loadCrds, typesOfCrd } from '../playground/objects/custom-types.ts'
import type { Schema } from '../playground/objects/schema.ts'
import { validateSchema } from '../playground/objects/schema-validation.ts'
import { resourcesFolder } from './folders.ts'

/** A value that an API server would not take for its field. */
export interface FieldTypeError {
  readonly path: string
  readonly message: string
}

let schemas: ReadonlyMap<string, Schema> | undefined

/** By `group/kind`: the stored version's, since the others differ in nothing that routing reads. */
function readSchemas(): ReadonlyMap<string, Schema> {
  return new Map(
    loadCrds(resourcesFolder)
      .flatMap(typesOfCrd)
      .flatMap(({ group, kind, schema }) =>
        schema === undefined ? [] : [[`${group}/${kind}`, schema] as const],
      ),
  )
}

/**
 * The values of an object that are of another type than its field, by the CRDs of Istio and the Gateway API: `exact: yes`
 * is a boolean and no text. Only types are looked at: what else a CRD asks may differ between releases.
 */
export function findTypeErrors(object: KubernetesObject): readonly FieldTypeError[] {
  schemas ??= readSchemas()
  const schema = schemas.get(`${groupOf(object.apiVersion)}/${object.kind}`)
  if (schema === undefined) return []
  // A field without a value counts as absent.
  return validateSchema(schema, { ...object, metadata: {} }, '')
    .filter(({ reason, message }) => reason === 'FieldValueTypeInvalid' && !message.endsWith('"null"'))
    .map(({ field = '', message }) => ({
      path: field,
      message: message.replace(/^Invalid value: "[^"]*": .* in body /, '').replace(/: "(\w+)"$/, ', not $1'),
    }))
}
