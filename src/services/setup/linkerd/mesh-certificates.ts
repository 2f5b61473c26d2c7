import {
  placeCertificate,
  type MeshCertificate,
} from '../../../domain/setup/certificates/mesh-certificate.ts'
import { toProblem, type Problem } from '../../../domain/problem.ts'
import { describeCertificate, readCertificates } from '../certificates/read-certificates.ts'
import { readLive } from '../../changes/read-live.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'

export interface MeshCertificates {
  readonly certificates: readonly MeshCertificate[]
  readonly problem?: Problem
}

interface Place {
  readonly mesh: MeshCertificate['mesh']
  readonly role: MeshCertificate['role']
  readonly kind: 'ConfigMap' | 'Secret'
  readonly name: string
  /** The first of these files that is there. Only certificates: no key is read. */
  readonly files: readonly string[]
}

/**
 * Where the meshes keep them. Sources: linkerd2, pkg/k8s/labels.go and pkg/issuercerts;
 * https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/ (cacerts comes before istio-ca-secret)
 */
const PLACES: Readonly<Record<MeshCertificate['mesh'], readonly (readonly Place[])[]>> = {
  linkerd: [
    [
      {
        mesh: 'linkerd',
        role: 'root',
        kind: 'ConfigMap',
        name: 'linkerd-identity-trust-roots',
        files: ['ca-bundle.crt'],
      },
    ],
    [
      {
        mesh: 'linkerd',
        role: 'issuer',
        kind: 'Secret',
        name: 'linkerd-identity-issuer',
        files: ['crt.pem', 'tls.crt'],
      },
    ],
  ],
  istio: [
    [
      {
        mesh: 'istio',
        role: 'root',
        kind: 'ConfigMap',
        name: 'istio-ca-root-cert',
        files: ['root-cert.pem'],
      },
    ],
    [
      { mesh: 'istio', role: 'issuer', kind: 'Secret', name: 'cacerts', files: ['ca-cert.pem', 'tls.crt'] },
      { mesh: 'istio', role: 'issuer', kind: 'Secret', name: 'istio-ca-secret', files: ['ca-cert.pem'] },
    ],
  ],
}

/** The public parts of a mesh's identity with their time left; a place that cannot be read is the problem. */
export async function readMeshCertificates(
  client: KubernetesClient,
  meshes: readonly { readonly mesh: MeshCertificate['mesh']; readonly namespace: string }[],
  now: number,
  signal: AbortSignal,
): Promise<MeshCertificates> {
  const problems: Problem[] = []
  const found = await Promise.all(
    meshes.flatMap(({ mesh, namespace }) =>
      PLACES[mesh].map(async places => {
        try {
          return await readPlaces(client, namespace, places, now, signal)
        } catch (error) {
          if (signal.aborted) throw error
          problems.push(toProblem(error))
          return []
        }
      }),
    ),
  )
  const [problem] = problems
  return { certificates: found.flat(), ...(problem === undefined ? {} : { problem }) }
}

async function readPlaces(
  client: KubernetesClient,
  namespace: string,
  places: readonly Place[],
  now: number,
  signal: AbortSignal,
): Promise<readonly MeshCertificate[]> {
  for (const { kind, name, files, mesh, role } of places) {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${kind === 'Secret' ? 'secrets' : 'configmaps'}/${name}`
    const object = await readLive(client, path, signal)
    const data = (object?.['data'] ?? {}) as Readonly<Record<string, string>>
    const written = files.flatMap(file => data[file] ?? [])[0]
    if (written === undefined) continue
    const pem = kind === 'Secret' ? Buffer.from(written, 'base64').toString('utf8') : written
    const certificates = readCertificates(pem)
    // An issuer's file can hold its chain; only the first one signs.
    return (role === 'issuer' ? certificates.slice(0, 1) : certificates).map(each =>
      placeCertificate(describeCertificate(each), { mesh, role, place: `${kind} ${namespace}/${name}` }, now),
    )
  }
  return []
}
