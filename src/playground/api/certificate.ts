import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import {
  bits,
  boolean,
  integer,
  objectIdentifier,
  octets,
  sequence,
  setOf,
  smallInteger,
  tagged,
  taggedBytes,
  time,
  toPem,
  utf8,
} from './der.ts'

/** All in PEM. The key of the CA is not kept: nothing else is ever signed by it. */
export interface Certificate {
  readonly ca: string
  readonly certificate: string
  readonly key: string
}

const YEAR_MS = 365 * 24 * 60 * 60 * 1_000
const ECDSA_WITH_SHA256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'))

const makeKeys = (): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })

const commonName = (name: string): Buffer =>
  sequence(setOf(sequence(objectIdentifier('2.5.4.3'), utf8(name))))

const extension = (id: string, isCritical: boolean, value: Buffer): Buffer =>
  sequence(objectIdentifier(id), ...(isCritical ? [boolean(true)] : []), octets(value))

// RFC 5280, 4.2.1: the bits of a key usage count from the left.
const CA_EXTENSIONS = [
  extension('2.5.29.19', true, sequence(boolean(true))),
  extension('2.5.29.15', true, bits(Buffer.from([0b0000_0110]), 1)),
]

const SERVER_EXTENSIONS = [
  extension('2.5.29.19', true, sequence()),
  extension('2.5.29.15', true, bits(Buffer.from([0b1000_0000]), 7)),
  extension('2.5.29.37', false, sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))),
  extension(
    '2.5.29.17',
    false,
    sequence(taggedBytes(7, Buffer.from([127, 0, 0, 1])), taggedBytes(2, Buffer.from('localhost'))),
  ),
]

interface Request {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly signingKey: KeyObject
  readonly extensions: readonly Buffer[]
  readonly now: number
}

/** X.509 version 3. Source: RFC 5280, 4.1. */
function issue({ subject, issuer, publicKey, signingKey, extensions, now }: Request): string {
  const body = sequence(
    tagged(0, smallInteger(2)),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    commonName(issuer),
    // An hour back, for a clock that is behind.
    sequence(time(now - 60 * 60 * 1_000), time(now + 10 * YEAR_MS)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions)),
  )
  const signature = sign('sha256', body, signingKey)
  return toPem(sequence(body, ECDSA_WITH_SHA256, bits(signature)), 'CERTIFICATE')
}

/** A certificate for 127.0.0.1 and localhost by a CA of its own. kubectl sends a token over TLS only. */
export function makeCertificate(now: number): Certificate {
  const issuer = 'Mesh Workbench playground CA'
  const ca = makeKeys()
  const server = makeKeys()
  const signed = { issuer, signingKey: ca.privateKey, now }
  return {
    ca: issue({ ...signed, subject: issuer, publicKey: ca.publicKey, extensions: CA_EXTENSIONS }),
    certificate: issue({
      ...signed,
      subject: 'playground',
      publicKey: server.publicKey,
      extensions: SERVER_EXTENSIONS,
    }),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
