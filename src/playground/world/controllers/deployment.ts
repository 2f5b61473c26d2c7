import type { Fields } from '../../../domain/istio/fields/read-fields.ts'
import { fieldsOf, listOf, numberOf, textMapOf } from '../../../domain/istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { collections } from '../collections.ts'
import { templateHash, withMetadata } from '../context.ts'
import type { ControllerContext } from './controller-context.ts'
import { makeCondition, ownerReference, recordEvent } from './controller-context.ts'

const revisionAnnotation = 'deployment.kubernetes.io/revision'
const component = 'deployment-controller'

/**
 * Keeps one ReplicaSet for each template and moves the replicas to the newest, a few at a time.
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
export function reconcileDeployment(
  context: ControllerContext,
  namespace: string | undefined,
  name: string,
): void {
  const { store, owned } = context
  const deployment = store.get(collections.deployments, namespace, name)
  if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return
  const hash = templateHash(fieldsOf(deployment.spec)['template'])
  const isPaused = fieldsOf(deployment.spec)['paused'] === true
  const own = (): readonly KubernetesObject[] => owned.list(collections.replicaSets, deployment.metadata.uid)
  const isCurrent = (set: KubernetesObject): boolean => set.metadata.labels?.['pod-template-hash'] === hash
  if (!own().some(isCurrent) && !(isPaused && own().length > 0))
    createReplicaSet(context, deployment, hash, own())
  const current = own().find(isCurrent) ?? newest(own())
  if (current === undefined) return
  const older = own().filter(set => set !== current)
  raiseRevision(context, current, older)
  if (isPaused) scale(context, deployment, current, Math.max(0, replicasOf(deployment) - totalOf(older)))
  else moveReplicas(context, deployment, current, older)
  removeHistory(
    context,
    deployment,
    own().filter(set => set.metadata.uid !== current.metadata.uid),
  )
  writeDeploymentStatus(context, deployment, own(), isCurrent)
}

function createReplicaSet(
  context: ControllerContext,
  deployment: KubernetesObject,
  hash: string,
  older: readonly KubernetesObject[],
): void {
  const spec = fieldsOf(deployment.spec)
  const template = fieldsOf(spec['template'])
  const metadata = fieldsOf(template['metadata'])
  const labels = { ...textMapOf(metadata['labels']), 'pod-template-hash': hash }
  const selector = fieldsOf(spec['selector'])
  const name = `${deployment.metadata.name}-${hash}`
  const orphan = context.store.get(collections.replicaSets, deployment.metadata.namespace, name)
  if (orphan && (orphan.metadata.ownerReferences ?? []).length === 0) {
    const ownerReferences = [ownerReference(deployment)]
    context.store.update(collections.replicaSets, withMetadata(orphan, { ownerReferences }))
    return
  }
  context.store.create(collections.replicaSets, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: deployment.metadata.namespace ?? 'default',
      labels,
      annotations: {
        'deployment.kubernetes.io/desired-replicas': String(replicasOf(deployment)),
        [revisionAnnotation]: String(Math.max(0, ...older.map(revisionOf)) + 1),
      },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      // All at once where there is nothing that must stay up meanwhile.
      replicas: totalOf(older) === 0 ? replicasOf(deployment) : 0,
      selector: {
        ...selector,
        matchLabels: { ...textMapOf(selector['matchLabels']), 'pod-template-hash': hash },
      },
      template: { ...template, metadata: { ...metadata, labels } },
    },
    status: { replicas: 0 },
  })
}

/** A template that was used before (a rollback) becomes the newest revision again. */
function raiseRevision(
  { store }: ControllerContext,
  current: KubernetesObject,
  older: readonly KubernetesObject[],
): void {
  const highest = Math.max(0, ...older.map(revisionOf))
  if (revisionOf(current) > highest) return
  store.update(collections.replicaSets, {
    ...current,
    metadata: {
      ...current.metadata,
      annotations: { ...current.metadata.annotations, [revisionAnnotation]: String(highest + 1) },
    },
  })
}

function moveReplicas(
  context: ControllerContext,
  deployment: KubernetesObject,
  current: KubernetesObject,
  older: readonly KubernetesObject[],
): void {
  const wanted = replicasOf(deployment)
  const strategy = fieldsOf(fieldsOf(deployment.spec)['strategy'])
  const oldTotal = totalOf(older)
  if (oldTotal === 0 && !older.some(hasPods)) {
    scale(context, deployment, current, wanted)
    return
  }
  if (strategy['type'] === 'Recreate') {
    for (const set of older) scale(context, deployment, set, 0)
    if (!older.some(hasPods)) scale(context, deployment, current, wanted)
    return
  }
  const rolling = fieldsOf(strategy['rollingUpdate'])
  const surge = shareOf(rolling['maxSurge'] ?? '25%', wanted, Math.ceil)
  const unavailable = shareOf(rolling['maxUnavailable'] ?? '25%', wanted, Math.floor)
  const room = wanted + Math.max(surge, unavailable === 0 ? 1 : 0) - oldTotal - replicasOf(current)
  if (replicasOf(current) !== wanted)
    scale(context, deployment, current, Math.min(wanted, replicasOf(current) + Math.max(0, room)))
  let removable = availableOf([current, ...older]) - (wanted - unavailable)
  for (const set of older) {
    const broken = Math.max(0, replicasOf(set) - availableOf([set]))
    const count = Math.min(replicasOf(set), broken + Math.max(0, removable))
    if (count === 0) continue
    removable -= count - broken
    scale(context, deployment, set, replicasOf(set) - count)
  }
}

function scale(
  context: ControllerContext,
  deployment: KubernetesObject,
  set: KubernetesObject,
  replicas: number,
): void {
  const latest = context.store.get(collections.replicaSets, set.metadata.namespace, set.metadata.name)
  if (latest === undefined || replicasOf(latest) === replicas) return
  const verb = replicas > replicasOf(latest) ? 'up' : 'down'
  context.store.update(collections.replicaSets, {
    ...latest,
    spec: { ...fieldsOf(latest.spec), replicas },
  })
  recordEvent(context, deployment, {
    reason: 'ScalingReplicaSet',
    message: `Scaled ${verb} replica set ${set.metadata.name} from ${replicasOf(latest)} to ${replicas}`,
    component,
  })
}

function removeHistory(
  { store }: ControllerContext,
  deployment: KubernetesObject,
  older: readonly KubernetesObject[],
): void {
  const limit = numberOf(fieldsOf(deployment.spec)['revisionHistoryLimit']) ?? 10
  const unused = older
    .filter(set => replicasOf(set) === 0 && !hasPods(set))
    .sort((one, other) => revisionOf(one) - revisionOf(other))
  for (const set of unused.slice(0, Math.max(0, unused.length - limit)))
    store.remove(collections.replicaSets, set.metadata.namespace, set.metadata.name)
}

function writeDeploymentStatus(
  context: ControllerContext,
  deployment: KubernetesObject,
  sets: readonly KubernetesObject[],
  isCurrent: (set: KubernetesObject) => boolean,
): void {
  const wanted = replicasOf(deployment)
  const total = sumOf(sets, 'replicas')
  const updated = sumOf(sets.filter(isCurrent), 'replicas')
  const available = sumOf(sets, 'availableReplicas')
  const ready = sumOf(sets, 'readyReplicas')
  const before = listOf(fieldsOf(deployment.status)['conditions']).map(fieldsOf)
  const strategy = fieldsOf(fieldsOf(fieldsOf(deployment.spec)['strategy'])['rollingUpdate'])
  const isAvailable = available >= wanted - shareOf(strategy['maxUnavailable'] ?? '25%', wanted, Math.floor)
  const isComplete = updated === wanted && total === wanted && available === wanted
  const set = sets.find(isCurrent)?.metadata.name ?? ''
  const revision = String(Math.max(0, ...sets.map(revisionOf)))
  const latest = context.store.get(
    collections.deployments,
    deployment.metadata.namespace,
    deployment.metadata.name,
  )
  if (latest === undefined) return
  context.store.update(collections.deployments, {
    ...latest,
    metadata: {
      ...latest.metadata,
      annotations: { ...latest.metadata.annotations, [revisionAnnotation]: revision },
    },
    status: {
      observedGeneration: deployment.metadata.generation ?? 1,
      ...positive({
        replicas: total,
        updatedReplicas: updated,
        readyReplicas: ready,
        availableReplicas: available,
        unavailableReplicas: Math.max(0, Math.max(wanted, total) - available),
      }),
      conditions: [
        makeCondition(context, before, {
          type: 'Available',
          status: isAvailable ? 'True' : 'False',
          reason: isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
          message: isAvailable
            ? 'Deployment has minimum availability.'
            : 'Deployment does not have minimum availability.',
        }),
        makeCondition(context, before, {
          type: 'Progressing',
          status: 'True',
          reason: isComplete ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated',
          message: isComplete
            ? `ReplicaSet "${set}" has successfully progressed.`
            : `ReplicaSet "${set}" is progressing.`,
        }),
      ],
    },
  })
}

const positive = (counts: Readonly<Record<string, number>>): Fields =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))

const replicasOf = (object: KubernetesObject): number => numberOf(fieldsOf(object.spec)['replicas']) ?? 1

const totalOf = (sets: readonly KubernetesObject[]): number =>
  sets.reduce((sum, set) => sum + replicasOf(set), 0)

const sumOf = (sets: readonly KubernetesObject[], field: string): number =>
  sets.reduce((sum, set) => sum + (numberOf(fieldsOf(set.status)[field]) ?? 0), 0)

/** What counts as up: no more than the set is asked to have, so that a pod on its way out is not counted twice. */
const availableOf = (sets: readonly KubernetesObject[]): number =>
  sets.reduce((sum, set) => sum + Math.min(replicasOf(set), sumOf([set], 'availableReplicas')), 0)

const hasPods = (set: KubernetesObject): boolean => sumOf([set], 'replicas') > 0

const revisionOf = (set: KubernetesObject): number =>
  numberOf(set.metadata.annotations?.[revisionAnnotation]) ?? 0

const newest = (sets: readonly KubernetesObject[]): KubernetesObject | undefined =>
  [...sets].sort((one, other) => revisionOf(other) - revisionOf(one))[0]

function shareOf(value: unknown, total: number, round: (value: number) => number): number {
  if (typeof value === 'string' && value.endsWith('%')) return round((Number.parseFloat(value) / 100) * total)
  return numberOf(value) ?? 0
}
