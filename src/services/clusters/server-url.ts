import { ProblemError } from '../../domain/problem.ts'
import type { KubeconfigCluster } from './kubeconfig.ts'

/**
 * The address of the API server. An address without a scheme is https where the kubeconfig says how to verify it,
 * else http. Source: client-go, rest/url_utils.go, DefaultServerURL and defaultServerUrlFor.
 */
export function serverUrl(cluster: KubeconfigCluster): URL {
  const { server } = cluster
  const hasTls =
    cluster.isInsecure ||
    cluster.certificateAuthority !== undefined ||
    cluster.certificateAuthorityData !== undefined
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(server) ? server : `${hasTls ? 'https' : 'http'}://${server}`
  const url = server !== '' && URL.canParse(text) ? new URL(text) : undefined
  if (url && (url.protocol === 'https:' || url.protocol === 'http:')) return url
  throw new ProblemError({
    code: 'invalid',
    message: `The kubeconfig's address ${JSON.stringify(server)} is not an http or https address`,
    hint: 'Correct the server of the cluster in the kubeconfig.',
  })
}

/** Over http nothing that proves who the user is may be sent. False too where the address cannot be read. */
export function isEncrypted(cluster: KubeconfigCluster): boolean {
  try {
    return serverUrl(cluster).protocol === 'https:'
  } catch {
    return false
  }
}
