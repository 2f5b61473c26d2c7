import {
  unknownPath,
  unsupportedMediaType,
  badRequest,
  invalid,
  methodNotAllowed,
  StatusError,
} from '../objects/status-error.ts'
import { applyPatch } from '../objects/patch.ts'
import type { ServedResource } from '../objects/served-resource.ts'
import type { Workloads } from '../workloads.ts'
import { deleteObject, readDeleteOptions } from './delete-objects.ts'
import { json, type Answer, type ApiRequest } from './exchange.ts'
import type { MemoryStore } from './memory-store.ts'
import { podLogs } from './pod-logs.ts'
import { proxy } from './proxy.ts'
import { mediaTypeOf, parseJson, parseYaml, readDocument, readText } from './read-body.ts'
import { getObject, listObjects, liveObject, type Target } from './read-objects.ts'
import { createPresenter, inVersion, readRepresentation } from './representation.ts'
import { answerReview, isReview } from './reviews.ts'
import { scaleOf, withScale } from './scale.ts'
import { parseSelectors } from './selectors.ts'
import type { ServedTypes } from './served-types.ts'
import { watchObjects } from './watch-objects.ts'
import { readWriteOptions } from './write-options.ts'
import { withoutMetadata } from './without-fields.ts'
import { applyObject, commit, createObject, replaceObject, type Written } from './write-objects.ts'

export interface ApiContext {
  readonly store: MemoryStore
  readonly types: ServedTypes
  readonly workloads: Workloads
  readonly now: () => number
}

/** Where a path below `/api` or `/apis` points; undefined where it names no type that is served. */
export function readTarget(types: ServedTypes, path: readonly string[]): Target | undefined {
  const isCore = path[0] === 'api'
  const group = isCore ? '' : (path[1] ?? '')
  const version = path[isCore ? 1 : 2] ?? ''
  const rest = path.slice(isCore ? 2 : 3)
  const isInNamespace =
    rest[0] === 'namespaces' && rest.length >= 3 && !['status', 'finalize'].includes(rest[2] ?? '')
  const [plural = '', name, ...subresource] = isInNamespace ? rest.slice(2) : rest
  const namespace = isInNamespace ? rest[1] : undefined
  const type = types.find(group, version, plural)
  if (!type || (namespace !== undefined && !type.isNamespaced)) return undefined
  // An object of a namespaced type has no name of its own without its namespace.
  if (name !== undefined && type.isNamespaced && namespace === undefined) return undefined
  return { type, namespace, name, rest: subresource }
}

const isTrue = (value: string | null): boolean => value === 'true' || value === '1'

function requireVerb(type: ServedResource, verb: string): void {
  if (!type.verbs.includes(verb)) throw methodNotAllowed(type, verb)
}

/** Answers a request for objects. */
export async function answerObjects(context: ApiContext, request: ApiRequest): Promise<Answer> {
  const target = readTarget(context.types, request.path)
  if (!target) throw unknownPath()
  const [subresource] = target.rest
  if (subresource !== undefined) return answerSubresource(context, request, target, subresource)
  return target.name === undefined
    ? answerCollection(context, request, target)
    : answerObject(context, request, target)
}

async function answerCollection(context: ApiContext, request: ApiRequest, target: Target): Promise<Answer> {
  const { type } = target
  switch (request.method) {
    case 'GET':
      if (isTrue(request.query.get('watch'))) {
        requireVerb(type, 'watch')
        return watchObjects(context, request, target)
      }
      requireVerb(type, 'list')
      return listObjects(context, request, target)
    case 'POST': {
      requireVerb(type, 'create')
      const document = await readDocument(request, type.kind)
      if (isReview(type)) return json(answerReview(type, document), 201)
      if (type.isNamespaced && target.namespace === undefined) throw methodNotAllowed(type, 'create')
      return present(
        context,
        request,
        type,
        createObject(context, target, document, readWriteOptions(request)),
      )
    }
    case 'DELETE':
      requireVerb(type, 'deletecollection')
      return deleteCollection(context, request, target)
    default:
      throw methodNotAllowed(type, request.method.toLowerCase())
  }
}

async function answerObject(context: ApiContext, request: ApiRequest, target: Target): Promise<Answer> {
  const { type } = target
  switch (request.method) {
    case 'GET':
      requireVerb(type, 'get')
      return isTrue(request.query.get('watch'))
        ? watchObjects(context, request, target)
        : getObject(context, request, target)
    case 'PUT': {
      requireVerb(type, 'update')
      const document = await readDocument(request, type.kind)
      return present(
        context,
        request,
        type,
        replaceObject(context, target, document, readWriteOptions(request)),
      )
    }
    case 'PATCH':
      requireVerb(type, 'patch')
      return present(context, request, type, await patchObject(context, request, target))
    case 'DELETE': {
      requireVerb(type, 'delete')
      const options = readDeleteOptions(request.query, await readDocument(request, 'DeleteOptions'))
      const { object, isGone } = deleteObject(context.store, target, options)
      // Pods and what still waits for finalizers come back as objects, the rest as a Status.
      if (!isGone || (type.group === '' && type.plural === 'pods')) return json(inVersion(object, type))
      const { name, uid } = object.metadata
      return json({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name, ...(type.group === '' ? {} : { group: type.group }), kind: type.plural, uid },
      })
    }
    default:
      throw methodNotAllowed(type, request.method.toLowerCase())
  }
}

function present(
  { now }: ApiContext,
  { headers, query }: ApiRequest,
  type: ServedResource,
  { object, isNew, warnings }: Written,
): Answer {
  const presenter = createPresenter(type, readRepresentation(headers.accept), query, now)
  return json(presenter.object(object), isNew ? 201 : 200, warnings)
}

async function deleteCollection(context: ApiContext, request: ApiRequest, target: Target): Promise<Answer> {
  const { store } = context
  const { type, namespace } = target
  const options = readDeleteOptions(request.query, await readDocument(request, 'DeleteOptions'))
  const selects = parseSelectors(request.query, type)
  const deleted = store
    .list(type, namespace)
    .filter(selects)
    .map(({ metadata }) => {
      const one = { type, namespace: metadata.namespace, name: metadata.name, rest: [] }
      return deleteObject(store, one, options).object
    })
  const presenter = createPresenter(
    type,
    readRepresentation(request.headers.accept),
    request.query,
    context.now,
  )
  return json(presenter.list(deleted, { resourceVersion: String(store.resourceVersion) }))
}

const APPLY = 'application/apply-patch+yaml'
const STRATEGIC = 'application/strategic-merge-patch+json'
const PATCHES = ['application/json-patch+json', 'application/merge-patch+json', STRATEGIC, APPLY]

async function patchObject(
  context: ApiContext,
  request: ApiRequest,
  target: Target,
  subresource?: string,
): Promise<Written> {
  const { type } = target
  const mediaType = mediaTypeOf(request)
  // Custom resources have no strategic merge: their schemas carry no merge keys.
  const accepted = type.isCustom ? PATCHES.filter(patch => patch !== STRATEGIC) : PATCHES
  if (!accepted.includes(mediaType)) throw unsupportedMediaType(accepted)
  const text = await readText(request)
  const options = readWriteOptions(request, subresource)
  if (mediaType === APPLY) {
    if (!request.query.get('fieldManager'))
      throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
        {
          reason: 'FieldValueRequired',
          message: 'Required value: is required for apply patch',
          field: 'fieldManager',
        },
      ])
    return applyObject(context, target, parseYaml(text), options)
  }
  const live = liveObject(context.store, target)
  const original = inVersion(live, type)
  const patched = applyPatch(mediaType, original, parseJson(text), type)
  const { resourceVersion } = patched.metadata
  // A patch that names no version is for whatever version is there.
  const isOfLive = resourceVersion === original.metadata.resourceVersion
  return commit(
    context,
    target,
    live,
    isOfLive ? withoutMetadata(patched, 'resourceVersion') : patched,
    options,
  )
}

async function answerSubresource(
  context: ApiContext,
  request: ApiRequest,
  target: Target,
  subresource: string,
): Promise<Answer> {
  const { type } = target
  const { method } = request
  if (!type.subresources.some(({ name }) => name === subresource)) throw unknownPath()
  if (subresource !== 'proxy' && target.rest.length > 1) throw unknownPath()
  switch (subresource) {
    case 'proxy':
      return proxy(context, request, target)
    case 'log':
      if (method !== 'GET') throw methodNotAllowed(type, method.toLowerCase())
      return podLogs(context.workloads, request, liveObject(context.store, target), context.now)
    case 'scale':
      return answerScale(context, request, target)
    case 'status':
    case 'finalize':
      if (method === 'GET') return getObject(context, request, target)
      if (method === 'PATCH')
        return present(context, request, type, await patchObject(context, request, target, subresource))
      if (method === 'PUT') {
        const document = await readDocument(request, type.kind)
        const options = readWriteOptions(request, subresource)
        return present(context, request, type, replaceObject(context, target, document, options))
      }
      throw methodNotAllowed(type, method.toLowerCase())
    case 'portforward':
      throw badRequest('Upgrade request required')
    default:
      throw new StatusError(
        501,
        'NotImplemented',
        `the playground simulates its workloads and has no ${type.plural}/${subresource}`,
      )
  }
}

async function answerScale(context: ApiContext, request: ApiRequest, target: Target): Promise<Answer> {
  const { type } = target
  const { method } = request
  const live = liveObject(context.store, target)
  const served = inVersion(live, type)
  const scale = scaleOf(served, type)
  if (method === 'GET') return json(scale)
  const options = readWriteOptions(request)
  let wanted: unknown
  if (method === 'PUT') wanted = await readDocument(request, 'Scale')
  else if (method === 'PATCH') {
    const patch = parseYaml(await readText(request))
    wanted =
      mediaTypeOf(request) === APPLY
        ? { ...scale, spec: (patch as { spec?: unknown }).spec }
        : applyPatch(
            mediaTypeOf(request).replace(STRATEGIC, 'application/merge-patch+json'),
            scale,
            patch,
            type,
          )
  } else throw methodNotAllowed(type, method.toLowerCase())
  const now = liveObject(context.store, target)
  const { object } = commit(context, target, now, withScale(inVersion(now, type), wanted, type), options)
  return json(scaleOf(inVersion(object, type), type))
}
