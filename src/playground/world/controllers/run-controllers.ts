import { fieldsOf, textMapOf } from '../../../domain/istio/fields/read-fields.ts'
import { selects } from '../../../domain/istio/named-object.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { CollectionName, StoreEvent } from '../../store.ts'
import { collectionKey, collections } from '../collections.ts'
import type { WorldContext } from '../context.ts'
import { reconcileRedirection } from './ambient.ts'
import type { ControllerContext } from './controller-context.ts'
import { recordEvent } from './controller-context.ts'
import { reconcileDeployment } from './deployment.ts'
import { ensureGatewayClasses } from './gateway-classes.ts'
import { reconcileGateway } from './gateway.ts'
import { reconcileNamespace, reconcileNode } from './namespace.ts'
import { reconcileDaemonSet, reconcileJob, reconcileStatefulSet } from './other-workloads.ts'
import { OwnedObjects } from './owned-objects.ts'
import { PodLifecycle } from './pod-lifecycle.ts'
import { reconcileReplicaSet } from './replica-set.ts'
import { decidesRoutes, reconcileRoutes } from './route-status.ts'
import { reconcileService } from './service.ts'
import { WorkQueue } from './work-queue.ts'

type Reconcile = (context: ControllerContext, namespace: string | undefined, name: string) => void

const controllers: readonly (readonly [CollectionName, Reconcile])[] = [
  [collections.namespaces, (context, _namespace, name) => reconcileNamespace(context, name)],
  [collections.nodes, (context, _namespace, name) => reconcileNode(context, name)],
  [collections.deployments, reconcileDeployment],
  [collections.replicaSets, reconcileReplicaSet],
  [collections.statefulSets, reconcileStatefulSet],
  [collections.daemonSets, reconcileDaemonSet],
  [collections.jobs, reconcileJob],
  [collections.services, reconcileService],
  [collections.gatewayApiGateways, reconcileGateway],
]

/** The kinds that own pods and ReplicaSets, by kind, as owner references name them. */
const ownerCollections: Readonly<Record<string, CollectionName>> = {
  Deployment: collections.deployments,
  ReplicaSet: collections.replicaSets,
  StatefulSet: collections.statefulSets,
  DaemonSet: collections.daemonSets,
  Job: collections.jobs,
  Gateway: collections.gatewayApiGateways,
}

/** Runs what makes objects of objects, woken by events alone; the API server itself collects what loses its owner. The objects of the start are brought up before it returns. */
export function runControllers(world: WorldContext): () => void {
  const { store } = world
  let isStarting = true
  const subjects = new Map<string, KubernetesObject>()
  const queue = new WorkQueue((key, error) => {
    const subject = subjects.get(key)
    const message = error instanceof Error ? error.message : String(error)
    if (subject === undefined) throw error
    recordEvent(world, subject, {
      type: 'Warning',
      reason: 'FailedReconcile',
      message,
      component: 'playground',
    })
  })
  const owned = new OwnedObjects(store)
  const context: ControllerContext = { ...world, queue, owned, isStarting: () => isStarting }
  const lifecycle = new PodLifecycle(context)
  const reconcilers = new Map(controllers.map(([collection, run]) => [collectionKey(collection), run]))

  const enqueue = (collection: CollectionName, object: KubernetesObject): void => {
    const { namespace, name } = object.metadata
    const key = `${collectionKey(collection)} ${namespace ?? ''}/${name}`
    subjects.set(key, object)
    if (collectionKey(collection) === podKey) {
      queue.add(key, () => lifecycle.advance(namespace, name))
      queue.add(`redirection ${key}`, () => reconcileRedirection(context, namespace, name))
    }
    const reconcile = reconcilers.get(collectionKey(collection))
    if (reconcile) queue.add(key, () => reconcile(context, namespace, name))
  }

  const wakeOwner = (object: KubernetesObject): void => {
    for (const { kind, name } of object.metadata.ownerReferences ?? []) {
      const collection = ownerCollections[kind]
      const owner = collection && store.get(collection, object.metadata.namespace, name)
      if (owner) enqueue(collection, owner)
    }
  }

  const wakeServices = (pod: KubernetesObject): void => {
    for (const service of store.list(collections.services, pod.metadata.namespace)) {
      const selector = textMapOf(fieldsOf(service.spec)['selector'])
      if (Object.keys(selector).length > 0 && selects(selector, pod.metadata.labels ?? {}))
        enqueue(collections.services, service)
    }
  }

  const wakePodsOf = ({ metadata: { name } }: KubernetesObject): void => {
    for (const pod of store.list(collections.pods, name)) enqueue(collections.pods, pod)
  }

  const hear = (event: StoreEvent): void => {
    const { kind, collection, object, previous } = event
    const key = collectionKey(collection)
    if (key === eventKey) return
    owned.hear(event)
    if (kind === 'deleted')
      subjects.delete(`${key} ${object.metadata.namespace ?? ''}/${object.metadata.name}`)
    else enqueue(collection, object)
    wakeOwner(object)
    if (key === namespaceKey && kind === 'modified') wakePodsOf(object)
    if (decidesRoutes(collection)) queue.add('routes', () => reconcileRoutes(context))
    if (key === podKey) {
      if (kind === 'deleted') lifecycle.release(object)
      wakeServices(object)
      if (previous && kind === 'modified') wakeServices(previous)
    }
  }

  const unsubscribe = store.subscribe(hear)
  for (const collection of [...controllers.map(([name]) => name), collections.pods])
    for (const object of store.list(collection)) enqueue(collection, object)
  ensureGatewayClasses(context)
  queue.add('routes', () => reconcileRoutes(context))
  queue.drain()
  isStarting = false
  return () => {
    unsubscribe()
    queue.stop()
  }
}

const namespaceKey = collectionKey(collections.namespaces)
const podKey = collectionKey(collections.pods)
const eventKey = collectionKey(collections.events)
