import { computed, type ComputedRef } from 'vue'
import { buildMesh, type Mesh } from '../../../domain/istio/mesh.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { objectsAt, type PastChange } from '../../../domain/traces/objects-at.ts'
import { readYamlDocument } from '../../../domain/yaml/read-yaml.ts'
import { mayHaveChanged } from '../../../shared/may-have-changed.ts'
import { cluster } from '../../state/cluster.ts'
import { context } from '../../state/contexts.ts'
import { journal } from '../../state/journal.ts'
import { watchHistory } from '../../state/watch-history.ts'

/** The mesh of a moment, as far as the journal and the watches tell what has changed since. */
export interface PastMesh {
  readonly mesh: Mesh
  readonly objects: readonly KubernetesObject[]
  readonly changes: readonly PastChange[]
  /** Every change after this moment is known, milliseconds since 1970. */
  readonly knownSince: number
}

/** The mesh as it was when a trace began; `start` in microseconds. */
export function usePastMesh(start: () => number | undefined): ComputedRef<PastMesh> {
  return computed(() => {
    const at = (start() ?? Infinity) / 1000
    const changes = [...journaledChanges(at), ...watchHistory.value.changes.filter(each => each.at > at)]
    const objects = objectsAt(cluster.value.all(), changes, at)
    return { mesh: buildMesh(objects), objects, changes, knownSince: watchHistory.value.knownSince }
  })
}

function journaledChanges(since: number): readonly PastChange[] {
  return journal.value
    .filter(entry => entry.context === context.value && entry.at > since)
    .flatMap(({ at, steps }) =>
      steps.filter(mayHaveChanged).flatMap(({ id, before }): readonly PastChange[] => {
        if (before === '') return [{ at, id, before: undefined }]
        const found = readObject(before)
        return found === undefined ? [] : [{ at, id, before: found }]
      }),
    )
}

/** A text that is too large to be read leaves the object as it is: its change is then not known. */
function readObject(text: string): KubernetesObject | undefined {
  try {
    return readYamlDocument(text).value as KubernetesObject
  } catch {
    return undefined
  }
}
