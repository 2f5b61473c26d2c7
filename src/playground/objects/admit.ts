import { apiVersionOf, versionOf, type KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { withBuiltInDefaults } from './built-in-defaults.ts'
import { validateBuiltIn } from './built-in-validation.ts'
import { decode } from './decode.ts'
import { isObject, objectOf, textOf } from './json.ts'
import { validateMetadata } from './metadata-validation.ts'
import { withSchemaDefaults } from './schema-defaults.ts'
import { schemaOf } from './schema-lookup.ts'
import { validateSchema } from './schema-validation.ts'
import type { ServedResource } from './served-resource.ts'
import { badRequest, invalid } from './status-error.ts'

export interface AdmitOptions {
  /** What to do about unknown and duplicate fields, as the query parameter says. */
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict'
  readonly isUpdate: boolean
  /** The stored object, of an update. */
  readonly previous?: KubernetesObject
  /** Set where the request is for a part of the object. */
  readonly subresource?: string
}

export interface Admitted {
  readonly object: KubernetesObject
  /** Said in `Warning` headers. */
  readonly warnings: readonly string[]
}

/** Refuses what is of another kind or version than the path says. */
function checkKind(resource: ServedResource, object: Readonly<Record<string, unknown>>): void {
  const apiVersion = textOf(object['apiVersion'])
  const kind = textOf(object['kind'])
  const expected = apiVersionOf(resource)
  if (resource.isCustom && kind === '') {
    const text = JSON.stringify(object)
    throw badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): Object 'Kind' is missing in '${text}' (${text})`,
    )
  }
  if (apiVersion !== '' && apiVersion !== expected) {
    if (kind !== '' && kind !== resource.kind)
      throw badRequest(
        `${kind} in version "${versionOf(apiVersion)}" cannot be handled as a ${resource.kind}: converting (${versionOf(apiVersion)}.${kind}) to (${resource.group === '' ? 'core' : (resource.group.split('.')[0] ?? '')}.${resource.kind}): unknown conversion`,
      )
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    )
  }
  if (kind !== '' && kind !== resource.kind)
    throw invalid({ group: resource.group, kind }, textOf(objectOf(object['metadata'])['name']), [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: "${kind}": must be ${resource.kind}`,
        field: 'kind',
      },
    ])
}

/** The object as it is stored: decoded, defaulted, pruned and validated. Throws a StatusError. */
export function admit(resource: ServedResource, object: unknown, options: AdmitOptions): Admitted {
  if (!isObject(object))
    throw badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): couldn't get version/kind`,
    )
  checkKind(resource, object)
  const { value, unknownFields } = decodeAs(resource, object)
  if (options.fieldValidation === 'Strict' && unknownFields.length > 0)
    throw badRequest(
      `${cannotBeHandled(resource)}: strict decoding error: ${unknownFields.map(unknownText).join(', ')}`,
    )
  const typed = {
    ...value,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: withoutEmpty(objectOf(value['metadata'])),
  }
  const filled = resource.isCustom
    ? objectOf(withSchemaDefaults(schemaOf(resource), typed))
    : withBuiltInDefaults(resource, typed, options.previous)
  validate(resource, filled, options)
  return {
    object: filled as KubernetesObject,
    warnings: options.fieldValidation === 'Warn' ? unknownFields.map(unknownText) : [],
  }
}

/** Go's ObjectMeta leaves empty lists and maps out (`omitempty`). */
const withoutEmpty = (metadata: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(metadata).filter(
      ([, value]) => typeof value !== 'object' || value === null || Object.keys(value).length > 0,
    ),
  )

const unknownText = (path: string): string => `unknown field "${path}"`

const cannotBeHandled = ({ kind, version }: ServedResource): string =>
  `${kind} in version "${version}" cannot be handled as a ${kind}`

function decodeAs(
  resource: ServedResource,
  object: Readonly<Record<string, unknown>>,
): { readonly value: Readonly<Record<string, unknown>>; readonly unknownFields: readonly string[] } {
  const schema = schemaOf(resource)
  const { value, unknownFields, typeError } = decode(schema, object, !resource.isCustom)
  if (typeError !== undefined) throw badRequest(`${cannotBeHandled(resource)}: ${typeError}`)
  if (resource.isCustom) {
    // The metadata of custom resources is read into Go types too.
    const metadata = decode(
      { type: 'object', properties: { metadata: schema.properties?.['metadata'] ?? {} } },
      { metadata: object['metadata'] },
      true,
    )
    if (metadata.typeError !== undefined)
      throw badRequest(`${cannotBeHandled(resource)}: ${metadata.typeError}`)
  }
  return { value: objectOf(value), unknownFields }
}

function validate(
  resource: ServedResource,
  object: Readonly<Record<string, unknown>>,
  { isUpdate, previous, subresource }: AdmitOptions,
): void {
  const metadata = objectOf(object['metadata'])
  const causes = [
    // Its name cannot change, so an update need not look again.
    ...validateMetadata(resource.group, resource.kind, metadata),
    ...(resource.isCustom
      ? validateSchema(resource.schema ?? {}, object, '')
      : subresource === undefined
        ? validateBuiltIn(resource, object, isUpdate ? previous : undefined)
        : []),
  ]
  if (causes.length > 0) throw invalid(resource, textOf(metadata['name']), causes)
}
