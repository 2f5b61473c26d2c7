import { stringify } from 'yaml'
import { resourceKey, type KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'
import { planText, type PlannedText } from './plan-text.ts'

/** Plans objects as an installer applies them: fields of other managers are taken. */
export function planObjects(
  client: KubernetesClient,
  objects: readonly KubernetesObject[],
  namespace: string,
  signal: AbortSignal,
  fieldManager?: string,
): Promise<PlannedText> {
  const text = objects.map(object => stringify(object)).join('---\n')
  const force = objects.flatMap(({ apiVersion, kind, metadata: { name, namespace: own } }) => [
    resourceKey({ apiVersion, kind, name }),
    resourceKey({ apiVersion, kind, name, namespace: own ?? namespace }),
  ])
  return planText({
    client,
    text,
    namespace,
    force,
    signal,
    ...(fieldManager === undefined ? {} : { fieldManager }),
  })
}
