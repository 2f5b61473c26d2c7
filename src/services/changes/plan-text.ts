import { inApplyOrder } from '../../domain/changes/apply-order.ts'
import { locateField } from '../../domain/changes/locate-field.ts'
import {
  isUntypable,
  problemOf,
  readConflicts,
  readRefusals,
  readWarnings,
} from '../../domain/changes/read-refusal.ts'
import { ProblemError, toProblem, type Problem } from '../../domain/problem.ts'
import {
  resourceKey,
  type KubernetesObject,
  type ResourceId,
} from '../../domain/kubernetes/kubernetes-object.ts'
import { parseManifest, type ManifestDocument } from '../../domain/yaml/manifest.ts'
import type {
  KubernetesClient,
  KubernetesRequest,
  KubernetesResponse,
} from '../clusters/kubernetes-client.ts'
import { statusProblem } from '../clusters/status-problem.ts'
import { addressOf } from './object-addresses.ts'
import { asDryRun, FIELD_MANAGER, isSuccess, parseBody, type PreparedStep } from './prepared-step.ts'
import { isSameContent, stateDigest } from './compare-objects.ts'
import { readLive } from './read-live.ts'
import { holdsMask, isSecret, secretValues, showChange, withoutValues } from './show-object.ts'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

export interface PlannedText {
  readonly steps: readonly PreparedStep[]
  readonly problems: readonly Problem[]
}

interface Source {
  readonly id: ResourceId
  readonly kind: string
  readonly object: KubernetesObject
  readonly document: ManifestDocument
}

/** Objects of a document: one, or the items of a List. */
function readSources(text: string, document: ManifestDocument): Source[] {
  const { value } = document
  const items: unknown[] =
    isRecord(value) && value['kind'] === 'List' && Array.isArray(value['items']) ? value['items'] : [value]
  return items.map(item => {
    const fail = (field: string, message: string): never => {
      throw new ProblemError({ code: 'bad-input', message, at: field, ...locateField(text, document, field) })
    }
    if (!isRecord(item)) return fail('', 'This document is not an object')
    const { apiVersion, kind, metadata } = item
    if (typeof apiVersion !== 'string' || apiVersion === '')
      return fail('apiVersion', 'The object has no apiVersion')
    if (typeof kind !== 'string' || kind === '') return fail('kind', 'The object has no kind')
    const { name, namespace } = isRecord(metadata) ? metadata : {}
    if (typeof name !== 'string' || name === '')
      return fail('metadata.name', 'The object has no metadata.name')
    const id = {
      apiVersion,
      kind,
      name,
      ...(typeof namespace === 'string' && namespace !== '' ? { namespace } : {}),
    }
    return { id, kind, object: item as unknown as KubernetesObject, document }
  })
}

/** Values that are hidden in the window must not be written back as dots. */
function refuseHiddenValues({ object, document }: Source, text: string): void {
  if (!isSecret(object)) return
  const { annotations } = isRecord(object.metadata) ? object.metadata : {}
  const places = {
    data: object['data'],
    stringData: object['stringData'],
    'metadata.annotations': annotations,
  }
  for (const [field, values] of Object.entries(places))
    for (const [key, value] of Object.entries(isRecord(values) ? values : {}))
      if (holdsMask(value))
        throw new ProblemError({
          code: 'bad-input',
          message: `The value of ${key} is hidden, not written`,
          hint: 'Write the real value, or remove the key from the text: what is not in the text stays as it is.',
          at: `${field}.${key}`,
          ...locateField(text, document, `${field}["${key}"]`),
        })
}

/** The second of two was planned as if the first did not come before it, so its plan would not be what happens. */
function refuseRepetition({ step: { id } }: PreparedStep, others: readonly PreparedStep[]): void {
  if (others.some(({ step }) => resourceKey(step.id) === resourceKey(id)))
    throw new ProblemError({
      code: 'bad-input',
      message: `${id.kind} ${id.name} is in the text twice`,
      hint: 'Remove one of them, or apply them one after the other.',
      at: 'metadata.name',
    })
}

/** What is sent: the user's object in its namespace, without what only the server writes. */
function bodyOf(object: KubernetesObject, { namespace }: ResourceId): string {
  const metadata: Record<string, unknown> = {
    ...object.metadata,
    ...(namespace === undefined ? {} : { namespace }),
  }
  for (const field of ['managedFields', 'creationTimestamp', 'uid', 'selfLink'])
    Reflect.deleteProperty(metadata, field)
  const body: Record<string, unknown> = { ...object, metadata }
  Reflect.deleteProperty(body, 'status')
  return JSON.stringify(body)
}

/**
 * Plans a text: each object is read as it is and dry-run as it would be. The server has the last word on every field;
 * what it says is put at the line it is about.
 */
export async function planText({
  client,
  text,
  namespace,
  force,
  fieldManager = FIELD_MANAGER,
  signal,
}: {
  client: KubernetesClient
  text: string
  namespace: string
  force: readonly string[]
  /** Of a program that would apply the text: what it applied before and does not any more is taken away. */
  fieldManager?: string
  signal: AbortSignal
}): Promise<PlannedText> {
  const manifest = parseManifest(text)
  if (manifest.problems.length > 0) return { steps: [], problems: manifest.problems }
  const problems: Problem[] = []
  const sources = manifest.documents.flatMap(document => {
    try {
      return readSources(text, document)
    } catch (error) {
      problems.push(toProblem(error))
      return []
    }
  })
  if (manifest.documents.length === 0)
    problems.push({ code: 'bad-input', message: 'The text contains no objects' })
  const created = new Set(sources.filter(({ kind }) => kind === 'Namespace').map(({ id }) => id.name))
  const steps: PreparedStep[] = []
  for (const source of inApplyOrder(sources))
    try {
      refuseHiddenValues(source, text)
      const step = await planObject({ client, source, text, namespace, force, fieldManager, created, signal })
      refuseRepetition(step, steps)
      steps.push(step)
    } catch (error) {
      if (signal.aborted) throw error
      const problem = toProblem(error)
      // Without a connection nothing can be said of any object: one problem for the whole.
      if (problem.code === 'unreachable' || problem.code === 'unauthorized' || problem.code === 'restricted')
        throw error
      problems.push({ ...problem, ...locateField(text, source.document, problem.at ?? '') })
    }
  return { steps, problems }
}

async function planObject({
  client,
  source,
  text,
  namespace,
  force,
  fieldManager,
  created,
  signal,
}: {
  client: KubernetesClient
  source: Source
  text: string
  namespace: string
  force: readonly string[]
  fieldManager: string
  created: ReadonlySet<string>
  signal: AbortSignal
}): Promise<PreparedStep> {
  const { document, object } = source
  const { path, id } = await addressOf(client, source.id, namespace, signal)
  const live = await readLive(client, path, signal)
  const isForced = force.includes(resourceKey(id))
  const request = (isTaking: boolean): KubernetesRequest => ({
    method: 'PATCH',
    path,
    query: { fieldManager, fieldValidation: 'Strict', ...(isTaking ? { force: true } : {}) },
    contentType: 'application/apply-patch+yaml',
    body: bodyOf(object, id),
  })
  const dryRun = (isTaking: boolean): Promise<KubernetesResponse> =>
    client.request({ ...asDryRun(request(isTaking)), signal })

  let answer = await dryRun(isForced)
  let conflicts: readonly { field: string; manager: string; line: number }[] = []
  let isTaking = isForced
  if (answer.status === 409) {
    const found = readConflicts(parseBody(answer))
    // What a patch or a revert of ours has written is owned by us too, under another operation: no conflict for the user.
    const ofOthers = found.filter(({ manager }) => manager !== fieldManager)
    isTaking = found.length > 0 && ofOthers.length === 0
    conflicts = ofOthers.map(conflict => ({
      ...conflict,
      line: locateField(text, document, conflict.field).line,
    }))
    // The user decides on what it would become, so that is shown too.
    if (found.length > 0) answer = await dryRun(true)
  }
  const action = live === undefined ? 'create' : 'update'
  const common = {
    id,
    line: document.line,
    base: stateDigest(live),
    conflicts,
    warnings: readWarnings(answer.headers['warning']),
  }
  const operation = { id, action: 'apply', request: request(isTaking), path, live } as const
  if (isSuccess(answer)) {
    const result = parseBody(answer) as KubernetesObject
    const isSame = isSameContent(live, result)
    return {
      operation: isSame ? { id, action: 'nothing', path, live } : operation,
      step: {
        ...common,
        ...showChange(live, result),
        action: isSame ? 'unchanged' : action,
        problems: [],
        ...(isSame ? { conflicts: [] } : {}),
      },
    }
  }
  const refused = statusProblem(answer.status, answer.body)
  const base: Problem = isUntypable(parseBody(answer))
    ? { code: 'invalid', message: refused.message }
    : refused
  const waitsForNamespace =
    base.code === 'not-found' && id.namespace !== undefined && created.has(id.namespace)
  if (waitsForNamespace)
    return {
      operation,
      step: {
        ...common,
        action,
        ...showChange(live, { ...object, metadata: { ...object.metadata, namespace: id.namespace } }),
        problems: [],
        warnings: [`Checked only when it is applied: the namespace ${id.namespace} is made by this change`],
      },
    }
  const problems = readRefusals(parseBody(answer), base.message).map(refusal =>
    problemOf(refusal, locateField(text, document, refusal.field), base),
  )
  return {
    operation,
    step: {
      ...common,
      ...showChange(live, undefined),
      action,
      problems: isSecret(object)
        ? problems.map(each => withoutValues(each, secretValues([live, object])))
        : problems,
    },
  }
}
