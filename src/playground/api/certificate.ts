import { DAY_MS, issueCertificate, keyToPem, makeKeys } from '../../certificates/issue-certificate.ts'

/** All in PEM. The key of the CA is not kept: nothing else is ever signed by it. */
export interface Certificate {
  readonly ca: string
  readonly certificate: string
  readonly key: string
}

/** A certificate for 127.0.0.1 and localhost by a CA of its own. kubectl sends a token over TLS only. */
export async function makeCertificate(now: number): Promise<Certificate> {
  const issuer = 'Mesh Workbench playground CA'
  const signer = makeKeys()
  const server = makeKeys()
  const signed = { issuer, signer, from: now, until: now + 10 * 365 * DAY_MS }
  return {
    ca: await issueCertificate({ ...signed, subject: issuer, publicKey: signer.publicKey }),
    certificate: await issueCertificate({
      ...signed,
      subject: 'playground',
      publicKey: server.publicKey,
      names: ['127.0.0.1', 'localhost'],
    }),
    key: keyToPem(server.privateKey),
  }
}
