import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AddOnName } from '../../domain/add-ons/find-add-ons.ts'
import { fieldsOf, listOf, textOf } from '../../domain/mesh/read-fields.ts'
import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'
import { readObjects } from '../meshes/apply-manifest.ts'

/** The objects of one of our manifests. */
export const readOwnManifest = async (
  folder: string,
  name: AddOnName,
): Promise<readonly KubernetesObject[]> => readObjects(await readFile(join(folder, `${name}.yaml`), 'utf8'))

/** The image that a manifest's first Deployment runs. */
export function imageOf(objects: readonly KubernetesObject[]): string {
  const deployment = objects.find(({ kind }) => kind === 'Deployment')
  const pod = fieldsOf(fieldsOf(fieldsOf(deployment?.spec)['template'])['spec'])
  return textOf(fieldsOf(listOf(pod['containers'])[0])['image']) ?? ''
}
