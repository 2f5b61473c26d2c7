import {
  apiVersionOf,
  type KubernetesObject,
  type ManagedFields,
} from '../../domain/kubernetes/kubernetes-object.ts'
import { decode } from './decode.ts'
import {
  difference,
  differenceBelow,
  emptySet,
  fieldsV1Of,
  intersection,
  isEmptySet,
  isSameSet,
  pathsOf,
  pathText,
  setOfFieldsV1,
  setOfPaths,
  union,
  withParents,
  type FieldSet,
} from './field-set.ts'
import { isObject, valueAt, without } from './json.ts'
import { schemaOf } from './schema-lookup.ts'
import type { ServedResource } from './served-resource.ts'
import { applyConflict, badRequest, StatusError, type StatusCause } from './status-error.ts'
import { compareValues, fieldsOf, mergeValues, removeFields, type Comparison } from './typed-value.ts'

export interface ApplyRequest {
  /** The stored object; undefined where the apply creates it. */
  readonly live: KubernetesObject | undefined
  /** What the manager wants: only the fields it has an opinion about. */
  readonly applied: KubernetesObject
  readonly manager: string
  readonly force: boolean
  readonly resource: ServedResource
  readonly subresource?: string
  readonly now: Date
}

export interface TrackedUpdate {
  readonly live: KubernetesObject | undefined
  readonly updated: KubernetesObject
  readonly manager: string
  readonly operation: 'Update' | 'Apply'
  readonly subresource?: string
  readonly resource: ServedResource
  readonly now: Date
}

/** An entry of managedFields with its fields as a set. */
interface Owner {
  readonly entry: ManagedFields
  readonly fields: FieldSet
}

// Nobody owns what the server itself writes.
// Source: k8s.io/apimachinery/pkg/util/managedfields/internal/stripmeta.go.
const unownedFields = setOfPaths([
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map(name => ['f:metadata', `f:${name}`]),
])

/**
 * One manager has one entry for each operation and subresource. An applier keeps its entry when it changes the
 * version in which it applies; an updater has one for each version.
 */
const ownerKey = ({ manager, operation, apiVersion, subresource }: ManagedFields): string =>
  [manager, operation, subresource ?? '', operation === 'Apply' ? '' : apiVersion].join('\n')

type Owners = Map<string, Owner>

function ownersOf(object: KubernetesObject | undefined): Owners {
  return new Map(
    (object?.metadata.managedFields ?? []).map(entry => [
      ownerKey(entry),
      { entry, fields: setOfFieldsV1(entry.fieldsV1) },
    ]),
  )
}

function timeOf(now: Date): string {
  return now.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** Sorted as the server does: operation, time, manager, version, subresource. */
function entriesOf(owners: Owners): readonly ManagedFields[] {
  const sortKey = ({ operation, time, manager, apiVersion, subresource }: ManagedFields): string =>
    [operation, time ?? '', manager, apiVersion, subresource ?? ''].join('\n')
  return [...owners.values()]
    .filter(({ fields }) => !isEmptySet(fields))
    .map(({ entry, fields }) => ({ ...entry, fieldsType: 'FieldsV1', fieldsV1: fieldsV1Of(fields) }))
    .sort((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1))
}

function withOwners(object: KubernetesObject, owners: Owners): KubernetesObject {
  const managedFields = entriesOf(owners)
  const metadata = without({ ...object.metadata }, 'managedFields')
  return {
    ...object,
    metadata: {
      ...metadata,
      name: object.metadata.name,
      ...(managedFields.length === 0 ? {} : { managedFields }),
    },
  }
}

const stripped = (object: KubernetesObject | undefined): unknown =>
  object === undefined ? {} : { ...object, metadata: without({ ...object.metadata }, 'managedFields') }

interface Change {
  readonly live: KubernetesObject | undefined
  readonly next: KubernetesObject
  readonly resource: ServedResource
  readonly self: string
}

/** Fields that the change alters and others own. */
interface Conflict {
  readonly owner: Owner
  readonly fields: FieldSet
}

function compareObjects({ live, next, resource }: Change): Comparison {
  const { added, modified, removed } = compareValues(schemaOf(resource), stripped(live), stripped(next))
  return {
    added: difference(added, unownedFields),
    modified: difference(modified, unownedFields),
    removed: difference(removed, unownedFields),
  }
}

function conflictsOf(owners: Owners, self: string, { added, modified }: Comparison): readonly Conflict[] {
  const changed = union(added, modified)
  return [...owners]
    .filter(([key]) => key !== self)
    .map(([, owner]) => ({ owner, fields: intersection(owner.fields, changed) }))
    .filter(({ fields }) => !isEmptySet(fields))
}

/** The other managers lose what the change altered or removed. */
function takeFromOthers(owners: Owners, self: string, { added, modified, removed }: Comparison): void {
  const lost = union(union(added, modified), removed)
  for (const [key, owner] of owners)
    if (key !== self) owners.set(key, { ...owner, fields: difference(owner.fields, lost) })
}

function entryOf(
  request: Pick<TrackedUpdate, 'manager' | 'operation' | 'subresource' | 'resource' | 'now'>,
): ManagedFields {
  const { manager, operation, subresource, resource, now } = request
  return {
    manager,
    operation,
    apiVersion: apiVersionOf(resource),
    time: timeOf(now),
    ...(subresource === undefined || subresource === '' ? {} : { subresource }),
  }
}

/** The updated object with managedFields that say who wrote what. Call it after `admit`. */
export function trackUpdate(update: TrackedUpdate): KubernetesObject {
  const { live, updated, resource } = update
  const given = updated.metadata.managedFields
  // A writer that sends an empty list asks that the record starts anew.
  const isReset =
    given !== undefined && (given.length === 0 || (given.length === 1 && isEmptyEntry(given[0])))
  const owners = isReset ? new Map<string, Owner>() : ownersOf(live)
  const entry = entryOf(update)
  const self = ownerKey(entry)
  const comparison = withoutAllocated(compareObjects({ live, next: updated, resource, self }), update)
  const isSame = [comparison.added, comparison.modified, comparison.removed].every(isEmptySet)
  if (isSame) return withOwners(updated, owners)
  takeFromOthers(owners, self, comparison)
  const before = owners.get(self)?.fields ?? emptySet
  const fields = union(union(difference(before, comparison.removed), comparison.modified), comparison.added)
  owners.set(self, { entry, fields: difference(fields, unownedFields) })
  return withOwners(updated, owners)
}

/** What the server allocates after the writer's fields are recorded; nobody owns it. */
const allocatedFields: Readonly<Record<string, FieldSet>> = {
  Service: setOfPaths(['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'].map(name => ['f:spec', `f:${name}`])),
  Namespace: setOfPaths([['f:spec', 'f:finalizers']]),
}

function withoutAllocated(
  { added, modified, removed }: Comparison,
  { resource, subresource, live, updated }: TrackedUpdate,
): Comparison {
  // A status that the writer sends to the object itself is not taken.
  let ignored = subresource === undefined || subresource === '' ? resetFields(resource, undefined) : emptySet
  if (resource.group === '' && live === undefined) {
    ignored = union(ignored, allocatedFields[resource.kind] ?? emptySet)
    if (resource.kind === 'Service' && valueAt(updated.spec, 'clusterIP') !== 'None')
      ignored = union(ignored, setOfPaths([['f:spec', 'f:clusterIP']]))
  }
  const [first, second, third] = [added, modified, removed].map(set =>
    withoutBareSpec(differenceBelow(set, ignored)),
  )
  return { added: first ?? emptySet, modified: second ?? emptySet, removed: third ?? emptySet }
}

/** `spec` itself is of no one where all in it was allocated. */
function withoutBareSpec(set: FieldSet): FieldSet {
  const spec = set.children.get('f:spec')
  return spec?.isMember === true && spec.children.size === 0 ? difference(set, setOfPaths([['f:spec']])) : set
}

const isEmptyEntry = (entry: unknown): boolean => isObject(entry) && Object.keys(entry).length === 0

/** Which top fields an apply cannot reach, as the strategies' GetResetFields says. */
function resetFields(resource: ServedResource, subresource: string | undefined): FieldSet {
  const hasStatus = resource.subresources.some(({ name }) => name === 'status')
  if (subresource === 'status') return setOfPaths([['f:spec'], ['f:metadata']])
  return hasStatus ? setOfPaths([['f:status']]) : emptySet
}

/** The object after a server-side apply, with its managedFields; not yet admitted. Throws a StatusError of conflicts. */
export function applyServerSide(request: ApplyRequest): KubernetesObject {
  const { live, applied, force, resource, now } = request
  if (applied.metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil')
  const schema = schemaOf(resource)
  checkDeclared(applied, resource)
  const reset = resetFields(resource, request.subresource)
  const wanted = dropFields(applied, reset)
  const owners = ownersOf(live)
  if (live !== undefined && owners.size === 0) ownBeforeFirstApply(owners, live, resource, now)
  const entry = entryOf({ ...request, operation: 'Apply' })
  const self = ownerKey(entry)
  const last = owners.get(self)
  const fields = differenceBelow(difference(fieldsOf(schema, wanted), unownedFields), reset)
  owners.set(self, { entry, fields })
  const merged = mergeValues(schema, live === undefined ? {} : stripped(live), wanted)
  const next = pruneFields(merged, owners, last, resource)
  const comparison = compareObjects({ live, next, resource, self })
  const conflicts = conflictsOf(owners, self, comparison)
  if (!force && conflicts.length > 0) throw conflictError(conflicts)
  takeFromOthers(owners, self, comparison)
  const isSame = [comparison.added, comparison.modified, comparison.removed].every(isEmptySet)
  if (isSame && last !== undefined && isSameSet(last.fields, fields))
    owners.set(self, { entry: { ...entry, ...timeField(last.entry) }, fields })
  return withOwners(next, owners)
}

/** An apply of a field that the schema does not know fails, whatever fieldValidation says. */
function checkDeclared(applied: KubernetesObject, resource: ServedResource): void {
  // The server stops at the first.
  const [unknown] = decode(schemaOf(resource), applied, false).unknownFields
  if (unknown === undefined) return
  const { namespace = '', name } = applied.metadata
  throw new StatusError(
    500,
    '',
    `failed to create typed patch object (${namespace}/${name}; ${apiVersionOf(resource)}, Kind=${resource.kind}): .${unknown}: field not declared in schema`,
  )
}

const timeField = ({ time }: ManagedFields): Pick<ManagedFields, 'time'> =>
  time === undefined ? {} : { time }

function dropFields(applied: KubernetesObject, reset: FieldSet): KubernetesObject {
  const dropped = [...reset.children.keys()].map(key => key.slice(2)).filter(name => name !== 'metadata')
  return {
    ...without(applied, ...dropped),
    apiVersion: applied.apiVersion,
    kind: applied.kind,
    metadata: applied.metadata,
  }
}

/** What is there without a record of who wrote it belongs to one who came before. */
function ownBeforeFirstApply(
  owners: Owners,
  live: KubernetesObject,
  resource: ServedResource,
  now: Date,
): void {
  const entry = entryOf({ manager: 'before-first-apply', operation: 'Update', resource, now })
  const fields = difference(fieldsOf(schemaOf(resource), stripped(live)), unownedFields)
  owners.set(ownerKey(entry), { entry, fields })
}

/** Removes what the manager owned before, no longer applies, and nobody else owns. */
function pruneFields(
  merged: unknown,
  owners: Owners,
  last: Owner | undefined,
  resource: ServedResource,
): KubernetesObject {
  if (last === undefined) return merged as KubernetesObject
  // The name stays, and `metadata` with it, where the last label or annotation of the last owner goes.
  let owned = unownedFields
  for (const { fields } of owners.values()) owned = union(owned, fields)
  const abandoned = difference(withParents(last.fields), withParents(owned))
  return removeFields(schemaOf(resource), merged, abandoned) as KubernetesObject
}

/** The wording of k8s.io/apimachinery/pkg/util/managedfields/internal/conflict.go. */
function conflictError(conflicts: readonly Conflict[]): Error {
  const named = conflicts
    .map(({ owner, fields }) => ({ name: ownerText(owner.entry), paths: pathsOf(fields).map(pathText) }))
    .sort((left, right) => (left.name < right.name ? -1 : 1))
  const causes = named.flatMap(({ name, paths }) =>
    paths.map((field): StatusCause => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${name}`,
      field,
    })),
  )
  const first = causes[0]
  if (causes.length === 1 && first !== undefined)
    return applyConflict(`Apply failed with 1 conflict: ${first.message}: ${first.field ?? ''}`, causes)
  const lines = named.flatMap(({ name, paths }) => [
    `conflicts with ${name}:`,
    ...paths.map(path => `- ${path}`),
  ])
  return applyConflict(`Apply failed with ${String(causes.length)} conflicts: ${lines.join('\n')}`, causes)
}

function ownerText({ manager, operation, apiVersion, subresource }: ManagedFields): string {
  const name =
    JSON.stringify(manager) + (subresource === undefined ? '' : ` with subresource "${subresource}"`)
  return operation === 'Update' ? `${name} using ${apiVersion}` : name
}
