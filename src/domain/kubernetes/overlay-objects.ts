import { parseManifest, type Manifest } from '../yaml/manifest.ts'
import { objectsOf } from '../simulation/manifest-objects.ts'
import { withAppliedAge } from './applied-age.ts'
import { resourceIdOf, resourceKey, type KubernetesObject } from './kubernetes-object.ts'

/** The objects of a text that name themselves, those of a list one by one; one without a namespace is in the one given. */
export const objectsOfText = (manifest: Manifest, namespace: string): readonly KubernetesObject[] =>
  objectsOf(manifest, namespace).map(({ object }) => object)

/** The live objects with those of a draft in their places, each as old as it would be once applied. */
export function overlayObjects(
  live: readonly KubernetesObject[],
  drafted: readonly KubernetesObject[],
): readonly KubernetesObject[] {
  if (drafted.length === 0) return live
  const byKey = new Map(live.map(object => [resourceKey(resourceIdOf(object)), object]))
  const placed = drafted.map(object => withAppliedAge(object, byKey.get(resourceKey(resourceIdOf(object)))))
  const replaced = new Set(placed.map(object => resourceKey(resourceIdOf(object))))
  return [...live.filter(object => !replaced.has(resourceKey(resourceIdOf(object)))), ...placed]
}

/** The objects of a text, laid over live ones. */
export const overlayText = (
  live: readonly KubernetesObject[],
  text: string,
  namespace: string,
): readonly KubernetesObject[] => overlayObjects(live, objectsOfText(parseManifest(text), namespace))
