import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { MeshPod } from './pod.ts'
import { readPod } from './pod.ts'
import { fieldsOf, optionalFields, textMapOf } from './fields/read-fields.ts'

/** The kinds that make pods from `spec.template`. */
export const TEMPLATE_KINDS = [
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'apps/ReplicaSet',
  'batch/Job',
] as const

/** The pods that a Deployment and its like would make, as one that stands for all; undefined where it has no template. */
export function readTemplate(object: KubernetesObject): MeshPod | undefined {
  const template = optionalFields(fieldsOf(object.spec)['template'])
  if (template === undefined) return undefined
  const metadata = fieldsOf(template['metadata'])
  return readPod({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: object.metadata.name,
      ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
      labels: textMapOf(metadata['labels']),
      annotations: textMapOf(metadata['annotations']),
    },
    spec: template['spec'],
  })
}
