import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'

/** Labels of one kind that stay on namespaces and mean nothing any more. */
export interface LeftoverLabel {
  /** `istio-injection=enabled`. */
  readonly label: string
  readonly namespaces: readonly string[]
}

/** What is being removed from a cluster. */
export interface RemovedRevisions {
  /** The revisions and tags that stop injecting; undefined for all of Istio. */
  readonly names: readonly string[] | undefined
  /** Whether what carries pods in ambient mode goes too. */
  readonly hasAmbient: boolean
}

const INJECTION = 'istio-injection'
const REVISION = 'istio.io/rev'
const AMBIENT = 'istio.io/dataplane-mode'
const WAYPOINTS = [
  'istio.io/use-waypoint',
  'istio.io/use-waypoint-namespace',
  'istio.io/ingress-use-waypoint',
]

/** The labels of namespaces that ask for what is removed. Nothing removes them, and the next installation would obey them. */
export function findLeftoverLabels(
  namespaces: readonly KubernetesObject[],
  { names, hasAmbient }: RemovedRevisions,
): readonly LeftoverLabel[] {
  const isRemoved = (name: string): boolean => names === undefined || names.includes(name)
  const found = new Map<string, string[]>()
  const note = (label: string, namespace: string): void => {
    const list = found.get(label)
    if (list === undefined) found.set(label, [namespace])
    else list.push(namespace)
  }
  for (const { metadata } of namespaces) {
    const labels = metadata.labels ?? {}
    const revision = labels[REVISION]
    if (labels[INJECTION] === 'enabled' && isRemoved('default')) note(`${INJECTION}=enabled`, metadata.name)
    if (revision !== undefined && isRemoved(revision)) note(`${REVISION}=${revision}`, metadata.name)
    if (!hasAmbient) continue
    for (const name of [AMBIENT, ...WAYPOINTS]) {
      const value = labels[name]
      if (value !== undefined && value !== 'none') note(`${name}=${value}`, metadata.name)
    }
  }
  return [...found].map(([label, list]) => ({ label, namespaces: list }))
}
