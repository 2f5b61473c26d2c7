import { certificateLifetime, type Lifetime } from './certificate-status.ts'

/** The public part of a certificate, as people compare it. */
export interface CertificateFacts {
  /** `CN=root.linkerd.cluster.local`. */
  readonly subject: string
  readonly issuer: string
  /** RFC 3339. */
  readonly validFrom: string
  readonly validUntil: string
  readonly isAuthority: boolean
  /** `ECDSA P-256`, `RSA 2048`. */
  readonly key: string
  /** SHA-256, in hexadecimal with colons. */
  readonly fingerprint: string
}

/** A certificate of a mesh's identity, where it lies in the cluster, and what to do about it. */
export interface MeshCertificate extends CertificateFacts {
  readonly mesh: 'istio' | 'linkerd'
  readonly role: 'root' | 'issuer'
  /** `ConfigMap linkerd/linkerd-identity-trust-roots`. */
  readonly place: string
  readonly lifetime: Lifetime
  readonly advice?: { readonly text: string; readonly url: string }
}

const ROTATION = {
  linkerd: {
    root: {
      text: 'Bundle a new trust anchor with the old one, restart the workloads, then take the old one out.',
      url: 'https://linkerd.io/2/tasks/manually-rotating-control-plane-tls-credentials/',
    },
    issuer: {
      text: 'Sign a new issuer certificate with the trust anchor and give it to linkerd upgrade.',
      url: 'https://linkerd.io/2/tasks/manually-rotating-control-plane-tls-credentials/',
    },
    expired: {
      text: 'Proxies no longer get certificates: replace the credentials, then restart all meshed workloads.',
      url: 'https://linkerd.io/2/tasks/replacing_expired_certificates/',
    },
  },
  istio: {
    root: {
      text: 'Bring in a new root beside the old one, wait until all workloads have both, then change the signer.',
      url: 'https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/',
    },
    issuer: {
      text: 'Put a new intermediate into the Secret cacerts; istiod reloads it.',
      url: 'https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/',
    },
    expired: {
      text: 'Proxies no longer get certificates: put a valid authority into the Secret cacerts and restart istiod.',
      url: 'https://istio.io/latest/docs/ops/common-problems/security-issues/',
    },
  },
} as const

/** A certificate with its role in a mesh and its remaining lifetime. */
export function placeCertificate(
  facts: CertificateFacts,
  { mesh, role, place }: Pick<MeshCertificate, 'mesh' | 'role' | 'place'>,
  now: number,
): MeshCertificate {
  const lifetime = certificateLifetime(
    { validFrom: Date.parse(facts.validFrom), validUntil: Date.parse(facts.validUntil) },
    now,
  )
  const advice = lifetime.state === 'expired' ? ROTATION[mesh].expired : ROTATION[mesh][role]
  return { ...facts, mesh, role, place, lifetime, ...(lifetime.state === 'valid' ? {} : { advice }) }
}
