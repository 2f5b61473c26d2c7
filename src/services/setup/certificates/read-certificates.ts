import { X509Certificate, type KeyObject } from 'node:crypto'
import type { CertificateFacts } from '../../../domain/setup/certificates/mesh-certificate.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** The certificates of a PEM text, in its order; what cannot be read is left out. */
export function readCertificates(pem: string): readonly X509Certificate[] {
  return (pem.match(CERTIFICATE) ?? []).flatMap(text => {
    try {
      return [new X509Certificate(text)]
    } catch {
      return []
    }
  })
}

/** The public part of a certificate, as it is shown. */
export function describeCertificate(certificate: X509Certificate): CertificateFacts {
  const { subject, issuer, validFrom, validTo, ca, publicKey, fingerprint256 } = certificate
  return {
    subject: onOneLine(subject),
    issuer: onOneLine(issuer),
    validFrom: new Date(validFrom).toISOString(),
    validUntil: new Date(validTo).toISOString(),
    isAuthority: ca,
    key: nameKey(publicKey),
    fingerprint: fingerprint256,
  }
}

/** Node writes one attribute a line. */
const onOneLine = (name: string): string => name.replaceAll('\n', ', ')

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
}

/** The algorithm and size of a key: `ECDSA P-256`. */
export function nameKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve, modulusLength } = asymmetricKeyDetails ?? {}
  if (asymmetricKeyType === 'ec') return `ECDSA ${CURVES[namedCurve ?? ''] ?? namedCurve ?? ''}`.trim()
  if (asymmetricKeyType === 'rsa') return `RSA ${modulusLength ?? ''}`.trim()
  return asymmetricKeyType ?? 'unknown'
}

const BASIC_CONSTRAINTS = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x13])

/**
 * How many authorities may stand below this one; undefined where it does not say. Node does not read it.
 * Source: RFC 5280, 4.2.1.9: the identifier, maybe `critical`, then SEQUENCE { BOOLEAN, INTEGER } in an OCTET STRING.
 */
export function readPathLength({ raw }: X509Certificate): number | undefined {
  const at = raw.indexOf(BASIC_CONSTRAINTS)
  if (at === -1) return undefined
  const rest = raw.subarray(at + BASIC_CONSTRAINTS.length)
  const value = rest[0] === 0x01 ? rest.subarray(3) : rest
  const [octets, , sequence, , boolean, , , integer, size, length] = value
  const isForm = octets === 0x04 && sequence === 0x30 && boolean === 0x01
  const ends = (value[3] ?? 0) > 3
  return isForm && ends && integer === 0x02 && size === 0x01 ? length : undefined
}
