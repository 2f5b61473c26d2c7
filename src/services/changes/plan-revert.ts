import { parse } from 'yaml'
import { ProblemError } from '../../domain/problem.ts'
import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'
import type { JournalEntry, JournalStep } from '../../shared/contract/changes.ts'
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
import { readLive, show } from './read-live.ts'

const QUERY = { fieldManager: FIELD_MANAGER }

/** The object as it was, in the shoes of the live one: its identity, owners and status are not ours to turn back. */
function withIdentity(before: KubernetesObject, live: KubernetesObject): KubernetesObject {
  const { uid, resourceVersion, creationTimestamp, ownerReferences, finalizers } = live.metadata
  const identity = { uid, resourceVersion, creationTimestamp, ownerReferences, finalizers }
  const known = Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== undefined))
  return {
    ...before,
    metadata: { ...before.metadata, ...known },
    ...(live.status === undefined ? {} : { status: live.status }),
  }
}

function operationOf(
  step: JournalStep,
  address: ObjectAddress,
  live: KubernetesObject | undefined,
): Operation {
  const { id, path, listPath } = address
  if (step.before === '') {
    if (!live) return { id, action: 'nothing', live }
    const request: KubernetesRequest = {
      method: 'DELETE',
      path,
      body: JSON.stringify({ preconditions: { uid: live.metadata.uid }, propagationPolicy: 'Background' }),
    }
    return { id, action: 'delete', live, request }
  }
  const before = parse(step.before) as KubernetesObject
  if (!live)
    return {
      id,
      action: 'create',
      live,
      request: { method: 'POST', path: listPath, query: QUERY, body: JSON.stringify(before) },
    }
  return {
    id,
    action: 'replace',
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

async function planStep(
  client: KubernetesClient,
  step: JournalStep,
  signal: AbortSignal,
): Promise<PreparedStep> {
  if (step.id.kind === 'Secret' && step.before !== '')
    throw new ProblemError({
      code: 'unsupported',
      message: `The change of the Secret ${step.id.name} cannot be taken back`,
      hint: 'The values of Secrets are not kept in the journal. Write the earlier ones again.',
    })
  const address = await addressOf(client, step.id, step.id.namespace ?? 'default', signal)
  const live = await readLive(client, address.path, signal)
  const operation = operationOf(step, address, live)
  const before = show(live)
  const answer = operation.request
    ? await client.request({ ...asDryRun(operation.request), signal })
    : undefined
  const hasFailed = answer !== undefined && !isSuccess(answer)
  const result = answer && !hasFailed ? parseBody(answer) : undefined
  const after =
    operation.action === 'delete' || hasFailed ? '' : show((result as KubernetesObject | undefined) ?? live)
  const isSame = operation.action === 'replace' && !hasFailed && after === before
  return {
    operation: isSame ? { id: address.id, action: 'nothing', live } : operation,
    step: {
      id: address.id,
      action: isSame ? 'unchanged' : ACTIONS[operation.action],
      line: 1,
      before,
      after,
      conflicts: [],
      problems: hasFailed ? [statusProblem(answer.status, answer.body)] : [],
      warnings:
        before !== step.after && !isSame
          ? ['The object was changed again since; that change is taken back with this one']
          : [],
    },
  }
}

/** Plans to put back what an entry of the journal changed, last object first. */
export async function planRevert(
  client: KubernetesClient,
  entry: JournalEntry,
  signal: AbortSignal,
): Promise<PreparedStep[]> {
  const prepared: PreparedStep[] = []
  for (const step of entry.steps.filter(mayHaveChanged).toReversed())
    prepared.push(await planStep(client, step, signal))
  return prepared
}
