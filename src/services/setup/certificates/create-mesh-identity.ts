import type { KeyObject } from 'node:crypto'
import { DAY_MS, issueCertificate, makeKeys } from '../../../certificates/issue-certificate.ts'

/** What signs the certificates of a mesh's proxies. All in PEM. */
export interface MeshIdentity {
  /** What proxies trust; more than one while they are rotated. */
  readonly anchors: string
  /** The intermediate authority that signs, and those between it and the anchor. */
  readonly certificate: string
  readonly key: string
}

/** The names that Linkerd's documents give. Source: https://linkerd.io/2/tasks/generate-certificates/ */
const NAMES = { root: 'root.linkerd.cluster.local', issuer: 'identity.linkerd.cluster.local' } as const
/** As `step` makes them there: ten years and, by --not-after 8760h, one. */
const VALID_DAYS = { root: 3650, issuer: 365 } as const

/** Traditional form of an EC key, which every version of Linkerd reads. Source: linkerd2, pkg/tls/codec.go */
export const writeEcKey = (key: KeyObject): string => key.export({ type: 'sec1', format: 'pem' }).toString()

/** Makes a trust anchor and an issuer for Linkerd. The anchor's key is needed to sign the next issuer. */
export async function createMeshIdentity(
  now: number,
): Promise<MeshIdentity & { readonly anchorKey: string }> {
  const root = makeKeys()
  const issuer = makeKeys()
  const signed = { issuer: NAMES.root, signer: root, from: now }
  const anchors = await issueCertificate({
    ...signed,
    subject: NAMES.root,
    publicKey: root.publicKey,
    pathLength: 1,
    until: now + VALID_DAYS.root * DAY_MS,
  })
  const certificate = await issueCertificate({
    ...signed,
    subject: NAMES.issuer,
    publicKey: issuer.publicKey,
    pathLength: 0,
    until: now + VALID_DAYS.issuer * DAY_MS,
  })
  return {
    anchors,
    certificate,
    key: writeEcKey(issuer.privateKey),
    anchorKey: writeEcKey(root.privateKey),
  }
}
