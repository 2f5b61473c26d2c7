import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { nameObject } from './named-object.ts'
import type { MeshPod } from './pod.ts'
import { compact, fieldsOf, numberOf, textMapOf, textOf } from './fields/read-fields.ts'

/** The label by which istiod knows that a proxy answers mutual TLS: `GetTLSModeFromEndpointLabels` in pilot/pkg/model. */
const TLS_MODE = 'security.istio.io/tlsMode'

/**
 * A machine that a WorkloadEntry describes, as a workload beside the pods; its ports are by the names of the service's.
 * Source: https://istio.io/latest/docs/reference/config/networking/workload-entry/
 */
export function readWorkloadEntry(object: KubernetesObject): MeshPod {
  const spec = fieldsOf(object.spec)
  const labels = { ...textMapOf(spec['labels']), ...(object.metadata.labels ?? {}) }
  return compact({
    ...nameObject(object),
    labels,
    serviceAccount: textOf(spec['serviceAccount']) ?? 'default',
    ip: textOf(spec['address']),
    isReady: true,
    hasProxy: labels[TLS_MODE] === 'istio',
    refusesProxy: true,
    containerPorts: Object.entries(fieldsOf(spec['ports'])).flatMap(([name, value]) => {
      const number = numberOf(value)
      return number === undefined ? [] : [{ name, number }]
    }),
  })
}
