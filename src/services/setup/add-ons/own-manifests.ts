import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AddOnName, FoundAddOn } from '../../../domain/setup/add-ons/find-add-ons.ts'
import { fieldsOf, listOf, textOf } from '../../../domain/istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { readObjects } from '../steps/apply-manifest.ts'

const OWN_PROMETHEUS = 'http://prometheus.mesh-addons:9090'

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

/**
 * Our Grafana beside somebody else's Prometheus reads that one. Istio's samples, Linkerd viz and the charts name its
 * Service as its workload, at 9090.
 */
export async function readForCluster(
  folder: string,
  name: AddOnName,
  found: readonly FoundAddOn[],
): Promise<readonly KubernetesObject[]> {
  const objects = await readOwnManifest(folder, name)
  const others = found.filter(each => each.name === 'prometheus')
  const [other] = others
  if (name !== 'grafana' || !other || others.some(({ isOurs }) => isOurs)) return objects
  const url = `http://${other.workload}.${other.namespace}:9090`
  return JSON.parse(JSON.stringify(objects).replaceAll(OWN_PROMETHEUS, url)) as readonly KubernetesObject[]
}
