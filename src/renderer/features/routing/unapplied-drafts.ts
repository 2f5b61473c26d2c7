import { resourceIdOf, type KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { objectsOfText } from '../../../domain/kubernetes/overlay-objects.ts'
import { parseManifest } from '../../../domain/yaml/manifest.ts'
import type { Draft } from '../../../shared/contract/workspace.ts'
import type { PlaceInput } from '../../state/navigation.ts'

/** An object that is in a draft and not in the cluster yet. */
export interface UnappliedObject {
  readonly object: KubernetesObject
  /** Where its form is, or its text where a list holds it. */
  readonly to: PlaceInput
}

/** The objects of drafts that `isLive` does not know, in the order of the drafts; a text that cannot be read has none. */
export function unappliedObjects(
  drafts: readonly Draft[],
  isLive: (id: ReturnType<typeof resourceIdOf>) => boolean,
  namespace: string,
): readonly UnappliedObject[] {
  return drafts.flatMap(({ id, text, origin }) => {
    const manifest = parseManifest(text)
    if (manifest.problems.length > 0) return []
    const own = origin.kind === 'object' && origin.namespace !== '' ? origin.namespace : namespace
    return objectsOfText(manifest, own).flatMap((object): readonly UnappliedObject[] => {
      if (isLive(resourceIdOf(object))) return []
      const index = manifest.documents.findIndex(
        ({ kind, name, namespace: written }) =>
          kind === object.kind &&
          name === object.metadata.name &&
          (written ?? own) === (object.metadata.namespace ?? own),
      )
      return [
        {
          object,
          to:
            index === -1
              ? { name: 'editor', params: { draft: id } }
              : { name: 'routing', query: { draft: id, document: String(index) } },
        },
      ]
    })
  })
}
