import {
  resourceKey,
  type KubernetesObject,
  type ResourceId,
} from '../../domain/kubernetes/kubernetes-object.ts'
import type { Basis } from '../../shared/contract/changes.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'
import { createLatestValue } from '../clusters/latest-value.ts'
import { reflect } from '../resources/reflector.ts'
import { ABSENT, stateDigest } from './compare-objects.ts'
import { addressOf } from './object-addresses.ts'

/**
 * Follows single objects and yields the state of each that is known, at first and after each change of one. An object
 * that may not be watched is left out: applying compares it all the same.
 */
export async function* followStates(
  client: KubernetesClient,
  ids: readonly ResourceId[],
  namespace: string,
  signal: AbortSignal,
): AsyncGenerator<Basis> {
  const end = new AbortController()
  const ended = AbortSignal.any([signal, end.signal])
  const states = createLatestValue<Basis>({})
  const put = (key: string, object: KubernetesObject | undefined): void => {
    const base = object === undefined ? ABSENT : stateDigest(object)
    if (states.get()[key] !== base) states.set({ ...states.get(), [key]: base })
  }
  const follow = async (asked: ResourceId): Promise<void> => {
    const { listPath, id } = await addressOf(client, asked, namespace, ended)
    const key = resourceKey(id)
    await reflect({
      client,
      path: listPath,
      fieldSelector: `metadata.name=${id.name}`,
      signal: ended,
      listener: {
        replace: items =>
          put(
            key,
            items.find(({ metadata }) => metadata.name === id.name),
          ),
        put: object => put(key, object),
        remove: () => put(key, undefined),
        fail: () => {},
        open: () => {},
      },
    })
  }
  try {
    // A kind that is not served has no state.
    for (const id of ids) follow(id).catch(() => {})
    for await (const basis of states.watch(ended)) if (Object.keys(basis).length > 0) yield basis
  } finally {
    end.abort()
  }
}
