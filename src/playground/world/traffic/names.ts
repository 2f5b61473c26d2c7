import type { Mesh } from '../../../domain/istio/mesh.ts'

/**
 * Whether a name is one that only the cluster's DNS could have: without a dot, of the cluster's domain, or of a
 * namespace. Others are taken for names of the Internet.
 * Source: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#namespaces-of-services
 */
export function isNameOfCluster(mesh: Mesh, host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  const last = name.split('.').at(-1) ?? ''
  return (
    !name.includes('.') ||
    last === 'svc' ||
    name.endsWith(`.${mesh.clusterDomain}`) ||
    mesh.podsByNamespace.has(last) ||
    /^10\.(?:96|244)\./.test(name)
  )
}
