import { checkObjects, type Finding } from '../domain/checks/index.ts'
import type { MeshOptions } from '../domain/istio/mesh.ts'
import type { KubernetesObject } from '../domain/kubernetes/kubernetes-object.ts'
import { resourceIdOf } from '../domain/kubernetes/kubernetes-object.ts'
import type { FileObject } from './read-manifests.ts'
import { fileTitle } from './read-text.ts'

/** More are counted, not printed. */
const MAX_SHOWN = 100

/**
 * What the checks say of the objects of some files, for standard error: an error or warning a line, with its place and
 * code (`k8s/shop.yaml:7:9: warning IST0130: VirtualService default/shop: …`).
 */
export function describeFindings(
  files: ReadonlyMap<KubernetesObject, FileObject>,
  objects: readonly KubernetesObject[],
  options: MeshOptions = {},
): readonly string[] {
  const { findings } = checkObjects(objects, options)
  const lines = findings.filter(({ severity }) => severity !== 'info').map(item => describe(files, item))
  const more = lines.length - MAX_SHOWN
  return more > 0 ? [...lines.slice(0, MAX_SHOWN), `and ${String(more)} more findings`] : lines
}

function describe(
  files: ReadonlyMap<KubernetesObject, FileObject>,
  { code, severity, object, path, message }: Finding,
): string {
  const located = files.get(object)
  const { kind, namespace, name } = resourceIdOf(object)
  const said = `${severity} ${code}: ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}: ${message}`
  if (located === undefined) return said
  const { line, column } = located.locate(path)
  return `${fileTitle(located.file)}:${String(line)}:${String(column)}: ${said}`
}
