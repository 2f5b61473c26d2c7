import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { isIP, isIPv6 } from 'node:net'
import type * as X509 from '@peculiar/x509'

const HOUR_MS = 60 * 60 * 1_000
export const DAY_MS = 24 * HOUR_MS
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const
/** The curves by the names that OpenSSL and the Web Cryptography API give them. */
const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
}
/** Source: RFC 5280, 4.2.1.12, id-kp-serverAuth. */
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1'

export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** A key pair that every TLS library accepts: ECDSA on P-256. */
export const makeKeys = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** The private key in PEM. */
export const keyToPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

export interface CertificateRequest {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly signer: KeyPair
  /** Hosts and addresses of a server; absent for an authority. */
  readonly names?: readonly string[]
  /** How many authorities may stand below an authority; any number where absent. */
  readonly pathLength?: number
  /** Milliseconds since 1970. */
  readonly from: number
  readonly until: number
}

/** Loaded when the first certificate is made: an app that makes none does not pay for it. */
async function loadX509(): Promise<typeof X509> {
  await import('reflect-metadata')
  return await import('@peculiar/x509')
}

/** `CryptoKey`, which is no global type in Node. */
type ImportedKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

const algorithmOf = ({
  asymmetricKeyDetails,
}: KeyObject): { readonly name: string; readonly namedCurve: string } => ({
  name: 'ECDSA',
  namedCurve: CURVES[asymmetricKeyDetails?.namedCurve ?? ''] ?? '',
})

const importPublic = (key: KeyObject): Promise<ImportedKey> =>
  crypto.subtle.importKey(
    'spki',
    new Uint8Array(key.export({ type: 'spki', format: 'der' })),
    algorithmOf(key),
    true,
    ['verify'],
  )

const importPrivate = (key: KeyObject): Promise<ImportedKey> =>
  crypto.subtle.importKey(
    'pkcs8',
    new Uint8Array(key.export({ type: 'pkcs8', format: 'der' })),
    algorithmOf(key),
    false,
    ['sign'],
  )

/** As UTF-8, whatever the name holds, so that subject and issuer of a chain are the same bytes. */
const commonName = (name: string): X509.JsonNameParams => [{ CN: [{ utf8String: name }] }]

/** The name of a host, or its address. */
function alternativeName(name: string): X509.JsonGeneralName {
  if (isIP(name) === 0) return { type: 'dns', value: name }
  // The library reads no IPv6 address that ends in an IPv4 one; the URL parser writes that in hexadecimal.
  return { type: 'ip', value: isIPv6(name) ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name }
}

/** An X.509 certificate, version 3, in PEM. Source: RFC 5280, 4.1 and 4.2. */
export async function issueCertificate(request: CertificateRequest): Promise<string> {
  const { subject, issuer, signer, names, pathLength } = request
  const x509 = await loadX509()
  const [publicKey, signerKey, signingKey] = await Promise.all([
    importPublic(request.publicKey),
    importPublic(signer.publicKey),
    importPrivate(signer.privateKey),
  ])
  const { KeyUsageFlags } = x509
  const use: readonly X509.Extension[] =
    names === undefined
      ? [
          new x509.BasicConstraintsExtension(true, pathLength, true),
          new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        ]
      : [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([SERVER_AUTHENTICATION], false),
          new x509.SubjectAlternativeNameExtension(names.map(alternativeName)),
        ]
  const certificate = await x509.X509CertificateGenerator.create({
    // The first byte keeps the number positive and of one length.
    serialNumber: Buffer.concat([Buffer.from([1]), randomBytes(8)]).toString('hex'),
    subject: new x509.Name(commonName(subject)),
    issuer: new x509.Name(commonName(issuer)),
    // An hour back, for a clock that is behind.
    notBefore: new Date(request.from - HOUR_MS),
    notAfter: new Date(request.until),
    signingAlgorithm: SIGNATURE,
    publicKey,
    signingKey,
    extensions: [
      ...use,
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signerKey),
    ],
  })
  return `${certificate.toString('pem')}\n`
}
