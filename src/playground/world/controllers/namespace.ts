import { fieldsOf, listOf } from '../../../domain/istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { collections } from '../collections.ts'
import { timestamp } from '../context.ts'
import type { ControllerContext } from './controller-context.ts'
import { makeCondition, writeStatus } from './controller-context.ts'

const certificate = '-----BEGIN CERTIFICATE-----\nsimulated\n-----END CERTIFICATE-----\n'

/** What Kubernetes and Istio put into every namespace. */
export function reconcileNamespace(context: ControllerContext, name: string): void {
  const { store } = context
  const namespace = store.get(collections.namespaces, undefined, name)
  if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return
  if (store.get(collections.serviceAccounts, name, 'default') === undefined)
    store.create(collections.serviceAccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: name },
    })
  for (const [map, key] of [
    ['kube-root-ca.crt', 'ca.crt'],
    ['istio-ca-root-cert', 'root-cert.pem'],
  ] as const)
    if (store.get(collections.configMaps, name, map) === undefined)
      store.create(collections.configMaps, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: map, namespace: name },
        data: { [key]: certificate },
      })
  if (fieldsOf(namespace.status)['phase'] === undefined)
    writeStatus(context, collections.namespaces, namespace, { phase: 'Active' })
}

/** The conditions that a kubelet reports, once: a simulated node does not fall ill. */
export function reconcileNode(context: ControllerContext, name: string): void {
  const node = context.store.get(collections.nodes, undefined, name)
  if (node === undefined) return
  const status = fieldsOf(node.status)
  const before = listOf(status['conditions']).map(fieldsOf)
  if (before.length > 0) return
  const healthy = [
    ['MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ] as const
  const beat = { lastHeartbeatTime: timestamp(context.now()) }
  const conditions = [
    ...healthy.map(([type, reason, message]) =>
      makeCondition(context, before, { type, status: 'False', reason, message }),
    ),
    makeCondition(context, before, {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'kubelet is posting ready status',
    }),
  ].map(condition => ({
    ...Object.fromEntries(Object.entries(condition).filter(([key]) => key !== 'lastUpdateTime')),
    ...beat,
  }))
  writeStatus(context, collections.nodes, node, {
    ...status,
    conditions,
  } satisfies KubernetesObject['status'])
}
