import { ProblemError } from '../../../domain/problem.ts'
import type { MeshIdentity } from '../certificates/create-mesh-identity.ts'
import { readMeshIdentity } from '../certificates/read-mesh-identity.ts'
import { readLive } from '../../changes/read-live.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'

const decode = (value: string | undefined): string =>
  value === undefined ? '' : Buffer.from(value, 'base64').toString('utf8')

/** The trust anchors and issuer of a control plane, as far as they are there. */
export interface LiveIdentity {
  /** ConfigMap linkerd-identity-trust-roots; with an external issuer also `ca.crt` of the Secret. */
  readonly anchors: string
  readonly certificate: string
  readonly key: string
}

/**
 * Reads what the identity controller uses, in either form of its Secret.
 * Source: linkerd2, pkg/issuercerts: scheme linkerd.io/tls has crt.pem and key.pem, kubernetes.io/tls has tls.crt.
 */
export async function readLiveIdentity(
  client: KubernetesClient,
  namespace: string,
  signal: AbortSignal,
): Promise<LiveIdentity> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`
  const [roots, secret] = await Promise.all([
    readLive(client, `${path}/configmaps/linkerd-identity-trust-roots`, signal),
    readLive(client, `${path}/secrets/linkerd-identity-issuer`, signal),
  ])
  const rootFiles = (roots?.['data'] ?? {}) as Readonly<Record<string, string>>
  const files = (secret?.['data'] ?? {}) as Readonly<Record<string, string>>
  return {
    anchors: rootFiles['ca-bundle.crt'] ?? decode(files['ca.crt']),
    certificate: decode(files['crt.pem'] ?? files['tls.crt']),
    key: decode(files['key.pem'] ?? files['tls.key']),
  }
}

/** The identity of an installation that was begun, to resume with it; undefined where it has none that is valid. */
export async function findUsableIdentity(
  client: KubernetesClient,
  namespace: string,
  now: number,
  signal: AbortSignal,
): Promise<MeshIdentity | undefined> {
  const live = await readLiveIdentity(client, namespace, signal)
  try {
    return readMeshIdentity(live, now)
  } catch (error) {
    if (error instanceof ProblemError) return undefined
    throw error
  }
}
