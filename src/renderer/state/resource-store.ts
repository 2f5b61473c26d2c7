import type { Problem } from '../../domain/problem.ts'
import {
  resourceIdOf,
  resourceKey,
  type KubernetesObject,
} from '../../domain/kubernetes/kubernetes-object.ts'
import type { ResourceEvent } from '../../shared/contract/resources.ts'

/** The objects of one type as the stream last told them. */
export interface ResourceList {
  readonly items: ReadonlyMap<string, KubernetesObject>
  readonly problem?: Problem
}

const identify = (object: KubernetesObject): string =>
  object.metadata.uid ?? resourceKey(resourceIdOf(object))

/** The list after one event; the list before stays as it was. */
export function applyResourceEvent(list: ResourceList | undefined, event: ResourceEvent): ResourceList {
  switch (event.kind) {
    case 'snapshot':
      return { items: new Map(event.items.map(item => [identify(item), item])) }
    case 'changes': {
      const items = new Map(list?.items)
      for (const uid of event.removed) items.delete(uid)
      for (const item of event.put) items.set(identify(item), item)
      return { items }
    }
    case 'failed':
      return { items: list?.items ?? new Map<string, KubernetesObject>(), problem: event.problem }
  }
}
