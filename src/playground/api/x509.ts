import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
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

const HOUR_MS = 60 * 60 * 1_000
export const DAY_MS = 24 * HOUR_MS
const ECDSA_WITH_SHA256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'))

/** A key pair that every TLS library accepts: ECDSA on P-256. */
export const makeKeys = (): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** The private key in PEM. */
export const keyToPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

const commonName = (name: string): Buffer =>
  sequence(setOf(sequence(objectIdentifier('2.5.4.3'), utf8(name))))

const extension = (id: string, isCritical: boolean, value: Buffer): Buffer =>
  sequence(objectIdentifier(id), ...(isCritical ? [boolean(true)] : []), octets(value))

const publicBytes = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })

/** Tells keys apart; any hash will do. Source: RFC 5280, 4.2.1.2. */
const keyIdentifier = (key: KeyObject): Buffer =>
  createHash('sha256').update(publicBytes(key)).digest().subarray(0, 20)

// RFC 5280, 4.2.1: the bits of a key usage count from the left.
const authorityExtensions = (pathLength: number | undefined): readonly Buffer[] => [
  extension(
    '2.5.29.19',
    true,
    sequence(boolean(true), ...(pathLength === undefined ? [] : [smallInteger(pathLength)])),
  ),
  extension('2.5.29.15', true, bits(Buffer.from([0b0000_0110]), 1)),
]

const serverExtensions = (names: readonly string[]): readonly Buffer[] => [
  extension('2.5.29.19', true, sequence()),
  extension('2.5.29.15', true, bits(Buffer.from([0b1000_0000]), 7)),
  extension('2.5.29.37', false, sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))),
  extension('2.5.29.17', false, sequence(...names.map(alternativeName))),
]

/** A name of a host, or its address in bytes. Source: RFC 5280, 4.2.1.6. */
function alternativeName(name: string): Buffer {
  if (isIPv4(name)) return taggedBytes(7, Buffer.from(name.split('.').map(Number)))
  if (isIPv6(name)) return taggedBytes(7, bytesOfIPv6(name))
  return taggedBytes(2, Buffer.from(name))
}

function bytesOfIPv6(address: string): Buffer {
  // The URL parser writes an IPv4 ending in hexadecimal and nothing else is left to know.
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = written.split('::')
  const groupsOf = (text: string): readonly string[] => (text === '' ? [] : text.split(':'))
  const first = groupsOf(head)
  const last = tail === undefined ? [] : groupsOf(tail)
  const middle = Array.from({ length: 8 - first.length - last.length }, () => '0')
  return Buffer.from(
    [...first, ...middle, ...last].flatMap(group => {
      const value = Number.parseInt(group, 16)
      return [value >> 8, value & 0xff]
    }),
  )
}

export interface CertificateRequest {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly signer: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
  /** Hosts and addresses of a server; absent for an authority. */
  readonly names?: readonly string[]
  /** How many authorities may stand below an authority; any number where absent. */
  readonly pathLength?: number
  readonly from: number
  readonly until: number
}

/** An X.509 certificate, version 3, in PEM. Source: RFC 5280, 4.1. */
export function issueCertificate(request: CertificateRequest): string {
  const { subject, issuer, publicKey, signer, names } = request
  const extensions = [
    ...(names === undefined ? authorityExtensions(request.pathLength) : serverExtensions(names)),
    extension('2.5.29.14', false, octets(keyIdentifier(publicKey))),
    extension('2.5.29.35', false, sequence(taggedBytes(0, keyIdentifier(signer.publicKey)))),
  ]
  const body = sequence(
    tagged(0, smallInteger(2)),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    commonName(issuer),
    // An hour back, for a clock that is behind.
    sequence(time(request.from - HOUR_MS), time(request.until)),
    commonName(subject),
    publicBytes(publicKey),
    tagged(3, sequence(...extensions)),
  )
  const signature = sign('sha256', body, signer.privateKey)
  return toPem(sequence(body, ECDSA_WITH_SHA256, bits(signature)), 'CERTIFICATE')
}
