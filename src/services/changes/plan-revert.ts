import { ProblemError } from '../../domain/problem.ts'
import { resourceKey, type KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { JournalEntry, JournalStep } from '../../shared/contract/changes.ts'
import { readYamlDocument } from '../../domain/yaml/read-yaml.ts'
import { mayHaveChanged } from '../../shared/may-have-changed.ts'
import type { KubernetesClient, KubernetesRequest } from '../clusters/kubernetes-client.ts'
import { statusProblem } from '../clusters/status-problem.ts'
import { addressOf, type ObjectAddress } from './object-addresses.ts'
import {
  asDryRun,
  FIELD_MANAGER,
  isSuccess,
  parseBody,
  type Operation,
  type PreparedStep,
} from './prepared-step.ts'
import { isSameContent, stateDigest, withoutServerFields } from './compare-objects.ts'
import type { StoredValues } from './value-store.ts'
import { readLive } from './read-live.ts'
import { isSecret, secretValues, showChange, withoutValues } from './show-object.ts'

const QUERY = { fieldManager: FIELD_MANAGER }
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** The object as it was, in the shoes of the live one: its identity, owners and status are not ours to turn back. */
function withIdentity(before: KubernetesObject, live: KubernetesObject): KubernetesObject {
  const { uid, resourceVersion, creationTimestamp, ownerReferences, finalizers, annotations } = live.metadata
  const identity = { uid, resourceVersion, creationTimestamp, ownerReferences, finalizers }
  const known = Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== undefined))
  const lastApplied = annotations?.[LAST_APPLIED]
  return {
    ...before,
    metadata: {
      ...before.metadata,
      ...known,
      // The journal shows objects without kubectl's copy; kubectl would miss it.
      ...(lastApplied === undefined
        ? {}
        : { annotations: { [LAST_APPLIED]: lastApplied, ...before.metadata.annotations } }),
    },
    ...(live.status === undefined ? {} : { status: live.status }),
  }
}

function operationOf(
  before: KubernetesObject | undefined,
  address: ObjectAddress,
  live: KubernetesObject | undefined,
): Operation {
  const { id, path, listPath } = address
  if (before === undefined) {
    if (!live) return { id, action: 'nothing', path, live }
    const request: KubernetesRequest = {
      method: 'DELETE',
      path,
      body: JSON.stringify({ propagationPolicy: 'Background' }),
    }
    return { id, action: 'delete', path, live, request }
  }
  if (!live)
    return {
      id,
      action: 'create',
      path,
      live,
      request: { method: 'POST', path: listPath, query: QUERY, body: JSON.stringify(before) },
    }
  return {
    id,
    action: 'replace',
    path,
    live,
    request: { method: 'PUT', path, query: QUERY, body: JSON.stringify(withIdentity(before, live)) },
  }
}

const ACTIONS = {
  apply: 'update',
  replace: 'update',
  create: 'create',
  delete: 'delete',
  nothing: 'unchanged',
} as const

/** The object before the change. The journal shows Secrets without their values: those are kept beside it. */
function objectBefore(step: JournalStep, values: StoredValues): KubernetesObject | undefined {
  if (step.before === '') return undefined
  if (!isSecret(step.id)) return readYamlDocument(step.before).value as KubernetesObject
  const kept = values[resourceKey(step.id)]?.before
  if (kept) return withoutServerFields(kept)
  throw new ProblemError({
    code: 'unsupported',
    message: `The change of the Secret ${step.id.name} cannot be taken back: its earlier values are not kept`,
    hint: 'Write the earlier values again and apply them.',
  })
}

/** Whether somebody changed the object after the change of the journal. */
function isChangedSince(
  step: JournalStep,
  live: KubernetesObject | undefined,
  shown: string,
  values: StoredValues,
): boolean {
  const after = values[resourceKey(step.id)]?.after
  return after === undefined || live === undefined ? shown !== step.after : !isSameContent(after, live)
}

async function planStep(
  client: KubernetesClient,
  step: JournalStep,
  values: StoredValues,
  signal: AbortSignal,
): Promise<PreparedStep> {
  const earlier = objectBefore(step, values)
  const address = await addressOf(client, step.id, step.id.namespace ?? 'default', signal)
  const live = await readLive(client, address.path, signal)
  const operation = operationOf(earlier, address, live)
  const answer = operation.request
    ? await client.request({ ...asDryRun(operation.request), signal })
    : undefined
  const hasFailed = answer !== undefined && !isSuccess(answer)
  const result =
    operation.action === 'delete' || hasFailed
      ? undefined
      : ((answer ? parseBody(answer) : live) as KubernetesObject | undefined)
  const isSame = operation.action === 'replace' && isSameContent(live, result)
  const action = isSame ? 'unchanged' : ACTIONS[operation.action]
  const shown = showChange(live, result)
  const refused = hasFailed ? [statusProblem(answer.status, answer.body)] : []
  const isChanged = action !== 'unchanged' && isChangedSince(step, live, shown.before, values)
  return {
    operation: isSame ? { id: address.id, action: 'nothing', path: address.path, live } : operation,
    step: {
      id: address.id,
      action,
      line: 1,
      base: stateDigest(live),
      ...shown,
      conflicts: [],
      problems: isSecret(step.id)
        ? refused.map(each => withoutValues(each, secretValues([live, earlier])))
        : refused,
      isChangedSince: isChanged,
      warnings: isChanged
        ? ['The object was changed again since; that change is taken back with this one']
        : [],
    },
  }
}

/** Plans to put back what an entry of the journal changed, last object first. */
export async function planRevert(
  client: KubernetesClient,
  entry: JournalEntry,
  values: StoredValues,
  signal: AbortSignal,
): Promise<PreparedStep[]> {
  const prepared: PreparedStep[] = []
  for (const step of entry.steps.filter(mayHaveChanged).toReversed())
    prepared.push(await planStep(client, step, values, signal))
  return prepared
}
