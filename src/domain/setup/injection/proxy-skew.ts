import { compareVersions, readVersion } from '../versions/version.ts'

/** How far a proxy is from its control plane. */
export interface ProxySkew {
  readonly state: 'current' | 'behind' | 'unsupported' | 'ahead' | 'unknown'
  readonly message: string
}

/**
 * Istio: the control plane may be one minor version ahead of the data plane, which must never be ahead.
 * Source: https://istio.io/latest/docs/releases/supported-releases/#control-planedata-plane-skew
 * Linkerd's edge releases are no semantic versions; its documents call a data plane of the version before safe.
 * Source: https://linkerd.io/2/tasks/upgrade/#edge-releases-and-data-plane-version-skew
 */
export function compareProxy(
  mesh: 'istio' | 'linkerd',
  proxy: string | undefined,
  plane: string | undefined,
): ProxySkew {
  const [has, wanted] = [readVersion(proxy ?? ''), readVersion(plane ?? '')]
  if (proxy === undefined || plane === undefined || !has || !wanted)
    return { state: 'unknown', message: 'The version of the proxy or of its control plane is not known' }
  const order = compareVersions(proxy, plane)
  if (order === 0) return { state: 'current', message: `Proxy and control plane are ${plane}` }
  if (order > 0)
    return {
      state: 'ahead',
      message: `The proxy is ${proxy}, newer than its control plane ${plane}: that is not supported`,
    }
  const start = `The proxy is ${proxy}, its control plane ${plane}`
  if (mesh === 'linkerd')
    return {
      state: 'behind',
      message: `${start}: restart it after reading the notes of the releases between`,
    }
  if (has.major !== wanted.major)
    return { state: 'unsupported', message: `${start}: another major version is not supported` }
  const minors = wanted.minor - has.minor
  if (minors === 0) return { state: 'behind', message: `${start}: only patches behind, a restart updates it` }
  if (minors === 1)
    return {
      state: 'behind',
      message: `${start}: one minor version behind, which is the most that is supported`,
    }
  return {
    state: 'unsupported',
    message: `${start}: ${minors} minor versions behind, and only one is supported`,
  }
}
