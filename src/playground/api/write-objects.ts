import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { admit } from '../objects/admit.ts'
import { isObject, textOf, without } from '../objects/json.ts'
import type { ServedResource } from '../objects/served-resource.ts'
import { applyServerSide, trackUpdate } from '../objects/server-side-apply.ts'
import { badRequest, conflict, invalid, notFound } from '../objects/status-error.ts'
import { effectWarnings } from './effect-warnings.ts'
import { nameFrom, type MemoryStore } from './memory-store.ts'
import type { Target } from './read-objects.ts'
import { prepareNew } from './prepare-new.ts'
import { terminatingNamespace } from './refusals.ts'
import { inStorageVersion, inVersion } from './representation.ts'
import { apiVersionOfType, NAMESPACES } from './served-types.ts'
import { withoutFields, withoutMetadata } from './without-fields.ts'
import type { WriteOptions } from './write-options.ts'

export interface WriteContext {
  readonly store: MemoryStore
  readonly now: () => number
}

export interface Written {
  readonly object: KubernetesObject
  readonly isNew: boolean
  readonly warnings: readonly string[]
}

const warningsOf = (type: ServedResource): readonly string[] => [
  ...(type.deprecationWarning === undefined ? [] : [type.deprecationWarning]),
  ...effectWarnings(type),
]

/** The body as an object of the type in the URL; 400 where it is something else. */
export function readObject(document: unknown, { type, namespace, name }: Target): KubernetesObject {
  if (!isObject(document)) throw badRequest('the request body must be an object')
  const metadata = isObject(document['metadata']) ? document['metadata'] : {}
  const expected = apiVersionOfType(type)
  const apiVersion = textOf(document['apiVersion'])
  const kind = textOf(document['kind'])
  if (apiVersion !== '' && apiVersion !== expected)
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    )
  if (kind !== '' && kind !== type.kind)
    throw badRequest(`the kind in the data (${kind}) does not match the expected kind (${type.kind})`)
  const given = textOf(metadata['namespace'])
  if (namespace !== undefined && given !== '' && given !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  const named = textOf(metadata['name'])
  if (name !== undefined && named !== '' && named !== name)
    throw badRequest(`the name of the object (${named}) does not match the name on the URL (${name})`)
  const rest = without(metadata, 'namespace')
  return {
    ...document,
    apiVersion: expected,
    kind: type.kind,
    metadata: {
      ...rest,
      name: name ?? named,
      ...(namespace === undefined ? {} : { namespace }),
    },
  }
}

function requireNamespace(store: MemoryStore, { type, namespace }: Target, name: string): void {
  if (namespace === undefined) return
  const object = store.get(NAMESPACES, undefined, namespace)
  if (!object) throw notFound(NAMESPACES, namespace)
  if (object.metadata.deletionTimestamp !== undefined)
    throw terminatingNamespace(type.plural, name, namespace)
}

const hasStatus = (type: ServedResource): boolean => type.subresources.some(({ name }) => name === 'status')

function withoutStatus(object: KubernetesObject, type: ServedResource): KubernetesObject {
  if (!hasStatus(type)) return object
  return withoutFields(object, 'status')
}

/** What only the server writes is not taken from a client. */
const withoutServerFields = (object: KubernetesObject): KubernetesObject =>
  withoutMetadata(
    object,
    'uid',
    'resourceVersion',
    'creationTimestamp',
    'generation',
    'deletionTimestamp',
    'managedFields',
  )

export function createObject(
  context: WriteContext,
  target: Target,
  document: unknown,
  options: WriteOptions,
): Written {
  const { store } = context
  const { type } = target
  const read = readObject(document, target)
  if (read.metadata.resourceVersion)
    throw badRequest('resourceVersion should not be set on objects to be created')
  const { generateName } = read.metadata
  const name = read.metadata.name || (generateName ? nameFrom(generateName) : '')
  if (name === '')
    throw invalid(type, '', [
      {
        reason: 'FieldValueRequired',
        message: 'Required value: name or generateName is required',
        field: 'metadata.name',
      },
    ])
  requireNamespace(store, target, name)
  const named = withoutServerFields({ ...read, metadata: { ...read.metadata, name } })
  const { object, warnings } = admit(type, prepareNew(withoutStatus(named, type), type, context), {
    fieldValidation: options.fieldValidation,
    isUpdate: false,
  })
  const tracked = trackUpdate({
    live: undefined,
    updated: object,
    manager: options.manager,
    operation: 'Update',
    resource: type,
    now: new Date(context.now()),
  })
  const created = store.create(type, inStorageVersion(tracked, type), options)
  return { object: created, isNew: true, warnings: [...warningsOf(type), ...warnings] }
}

/** Replaces the object, or with a subresource only that part of it. */
export function replaceObject(
  context: WriteContext,
  target: Target,
  document: unknown,
  options: WriteOptions,
): Written {
  const { store } = context
  const { type, namespace, name = '' } = target
  const live = store.get(type, namespace, name)
  if (!live) throw notFound(type, name)
  const updated = readObject(document, target)
  if (type.isCustom && !updated.metadata.resourceVersion)
    throw invalid(type, name, [
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: 0: must be specified for an update',
        field: 'metadata.resourceVersion',
      },
    ])
  return commit(context, target, live, updated, options)
}

/** Admits what a client made of a live object, keeps account of who changed what, and stores it. */
export function commit(
  context: WriteContext,
  target: Target,
  stored: KubernetesObject,
  wanted: KubernetesObject,
  options: WriteOptions,
  isApply = false,
): Written {
  const { type, name = '' } = target
  const live = inVersion(stored, type)
  const { uid, resourceVersion } = wanted.metadata
  if (uid !== undefined && uid !== '' && uid !== live.metadata.uid)
    throw conflict(
      type,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid ?? ''}`,
    )
  if (
    resourceVersion !== undefined &&
    resourceVersion !== '' &&
    resourceVersion !== live.metadata.resourceVersion
  )
    throw conflict(type, name)

  const partial = keepServerFields(takePart(live, wanted, type, options.subresource), live)
  const { object, warnings } = admit(type, partial, {
    fieldValidation: options.fieldValidation,
    isUpdate: true,
    previous: live,
    ...(options.subresource === undefined ? {} : { subresource: options.subresource }),
  })
  const tracked = isApply
    ? object
    : trackUpdate({
        live,
        updated: object,
        manager: options.manager,
        operation: 'Update',
        ...(options.subresource === undefined ? {} : { subresource: options.subresource }),
        resource: type,
        now: new Date(context.now()),
      })
  const result = inStorageVersion(tracked, type)
  const all = [...warningsOf(type), ...warnings]
  // A write that changes nothing but the time of a manager is not written.
  if (JSON.stringify(untimed(result)) === JSON.stringify(untimed(stored)))
    return { object: stored, isNew: false, warnings: all }
  return { object: context.store.update(type, result, options), isNew: false, warnings: all }
}

/** Of the main resource everything but the status; of a subresource only its part. */
function takePart(
  live: KubernetesObject,
  wanted: KubernetesObject,
  type: ServedResource,
  subresource: string | undefined,
): KubernetesObject {
  const { managedFields } = wanted.metadata
  const fields = managedFields === undefined ? {} : { managedFields }
  if (subresource === 'status')
    return { ...live, metadata: { ...live.metadata, ...fields }, status: wanted.status }
  if (subresource === 'finalize')
    return { ...live, metadata: { ...live.metadata, ...fields }, spec: wanted.spec }
  if (!hasStatus(type) || live.status === undefined) return withoutStatus(wanted, type)
  return { ...wanted, status: live.status }
}

function keepServerFields(wanted: KubernetesObject, live: KubernetesObject): KubernetesObject {
  const { uid, resourceVersion, creationTimestamp, generation, deletionTimestamp } = live.metadata
  const { metadata } = withoutServerFields(wanted)
  const managedFields = wanted.metadata.managedFields ?? live.metadata.managedFields
  return {
    ...wanted,
    metadata: {
      ...metadata,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(generation === undefined ? {} : { generation }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(managedFields === undefined ? {} : { managedFields }),
    },
  }
}

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : isObject(value)
      ? Object.fromEntries(
          Object.keys(value)
            .sort()
            .map(key => [key, sorted(value[key])]),
        )
      : value

const untimed = (object: KubernetesObject): unknown =>
  sorted({
    ...object,
    metadata: {
      ...object.metadata,
      managedFields: (object.metadata.managedFields ?? []).map(fields => without({ ...fields }, 'time')),
    },
  })

/** Server-side apply: creates the object, or merges the applied fields into the live one. */
export function applyObject(
  context: WriteContext,
  target: Target,
  document: unknown,
  options: WriteOptions,
): Written {
  const { store, now } = context
  const { type, namespace, name = '' } = target
  const applied = readObject(document, target)
  if (applied.metadata.managedFields !== undefined && applied.metadata.managedFields.length > 0)
    throw badRequest('metadata.managedFields must be nil')
  const stored = store.get(type, namespace, name)
  const request = {
    applied: options.subresource === 'status' ? applied : withoutStatus(applied, type),
    manager: options.manager,
    force: options.isForced,
    resource: type,
    ...(options.subresource === undefined ? {} : { subresource: options.subresource }),
    now: new Date(now()),
  }
  if (stored) {
    const merged = applyServerSide({ ...request, live: inVersion(stored, type) })
    return commit(context, target, stored, merged, options, true)
  }
  if (options.subresource !== undefined) throw notFound(type, name)
  if (applied.metadata.uid) throw conflict(type, name, 'the object does not exist, but a uid was given')
  requireNamespace(store, target, name)
  const made = applyServerSide({
    ...request,
    applied: prepareNew(request.applied, type, context),
    live: undefined,
  })
  const { object, warnings } = admit(type, made, {
    fieldValidation: options.fieldValidation,
    isUpdate: false,
  })
  const created = store.create(type, inStorageVersion(object, type), options)
  return { object: created, isNew: true, warnings: [...warningsOf(type), ...warnings] }
}
