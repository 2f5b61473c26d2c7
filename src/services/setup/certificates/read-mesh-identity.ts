import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { ProblemError } from '../../../domain/problem.ts'
import { writeEcKey, type MeshIdentity } from './create-mesh-identity.ts'
import { describeCertificate, nameKey, readCertificates, readPathLength } from './read-certificates.ts'

const GUIDE = 'See https://linkerd.io/2/tasks/generate-certificates/'

function fail(at: keyof MeshIdentity, message: string, hint: string): never {
  throw new ProblemError({ code: 'bad-input', message, hint, at })
}

/**
 * Checks a trust anchor and issuer that a user gives, as `linkerd install` and its identity controller do later, and
 * returns them as they are passed on. Source: linkerd2, pkg/issuercerts/issuercerts.go
 */
export function readMeshIdentity(given: MeshIdentity, now: number): MeshIdentity {
  const anchors = readCertificates(given.anchors)
  const [issuer, ...between] = readCertificates(given.certificate)
  if (anchors.length === 0) failWithoutCertificate('anchors', 'trust anchor', given.anchors)
  if (issuer === undefined) return failWithoutCertificate('certificate', 'issuer', given.certificate)
  const key = readKey(given.key)
  for (const anchor of anchors) checkAnchor(anchor, now)
  checkIssuer(issuer, now)
  if (!issuer.checkPrivateKey(key))
    fail('key', `The key does not belong to ${nameOf(issuer)}`, 'Give the key that the issuer was made with.')
  checkChain(issuer, between, anchors, now)
  return {
    anchors: anchors.map(each => each.toString()).join(''),
    certificate: [issuer, ...between].map(each => each.toString()).join(''),
    key: writeEcKey(key),
  }
}

const nameOf = (certificate: X509Certificate): string =>
  describeCertificate(certificate).subject || 'a certificate without a name'

function failWithoutCertificate(at: 'anchors' | 'certificate', what: string, text: string): never {
  const isKey = text.includes('PRIVATE KEY-----')
  const isBroken = text.includes('-----BEGIN CERTIFICATE-----')
  return fail(
    at,
    isKey
      ? `This is a private key, not the certificate of the ${what}`
      : isBroken
        ? `The certificate of the ${what} is not valid: it was cut off or changed`
        : `The ${what} is not a certificate in PEM`,
    'PEM begins with -----BEGIN CERTIFICATE-----.',
  )
}

function readKey(text: string): KeyObject {
  if (/ENCRYPTED/.test(text))
    fail(
      'key',
      'The key of the issuer is protected by a passphrase',
      'Linkerd needs it without one: openssl ec -in issuer.key -out plain.key',
    )
  let key: KeyObject
  try {
    key = createPrivateKey(text)
  } catch {
    // The reason can quote the key; that it cannot be read is enough.
    return fail(
      'key',
      'The key of the issuer is not a private key in PEM',
      'PEM begins with -----BEGIN EC PRIVATE KEY-----.',
    )
  }
  if (nameKey(key) !== 'ECDSA P-256')
    fail('key', `The key of the issuer is ${nameKey(key)}; Linkerd takes ECDSA P-256 only`, GUIDE)
  return key
}

function checkDates(at: 'anchors' | 'certificate', certificate: X509Certificate, now: number): void {
  const { validFrom, validUntil } = describeCertificate(certificate)
  if (now > Date.parse(validUntil))
    fail(
      at,
      `${nameOf(certificate)} ended on ${validUntil.slice(0, 10)}`,
      'Make a new one, or check the clock.',
    )
  if (now < Date.parse(validFrom))
    fail(at, `${nameOf(certificate)} begins only at ${validFrom}`, 'Wait until then, or check the clock.')
}

function checkAnchor(anchor: X509Certificate, now: number): void {
  const { isAuthority, key } = describeCertificate(anchor)
  if (!isAuthority)
    fail('anchors', `${nameOf(anchor)} is not an authority (CA false), so nothing can be signed by it`, GUIDE)
  if (!['ECDSA P-256', 'RSA 2048', 'RSA 4096'].includes(key))
    fail(
      'anchors',
      `${nameOf(anchor)} has a key of ${key}; Linkerd takes ECDSA P-256, RSA 2048 or RSA 4096`,
      GUIDE,
    )
  checkDates('anchors', anchor, now)
}

function checkIssuer(issuer: X509Certificate, now: number): void {
  const { isAuthority, key } = describeCertificate(issuer)
  if (!isAuthority)
    fail('certificate', `${nameOf(issuer)} is not an authority (CA false): it cannot sign for proxies`, GUIDE)
  if (key !== 'ECDSA P-256')
    fail('certificate', `${nameOf(issuer)} has a key of ${key}; Linkerd takes ECDSA P-256 only`, GUIDE)
  checkDates('certificate', issuer, now)
}

/** Up from the issuer until a trust anchor; each must allow as many authorities below it as there are. */
function checkChain(
  issuer: X509Certificate,
  between: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  now: number,
): void {
  const isSame = (a: X509Certificate, b: X509Certificate): boolean => a.raw.equals(b.raw)
  let at = issuer
  for (let below = 0; below <= between.length + 1; below += 1) {
    const limit = readPathLength(at)
    if (limit !== undefined && limit < below)
      fail(
        'anchors',
        `${nameOf(at)} allows ${limit} authorities below it, but there ${below === 1 ? 'is' : 'are'} ${below}`,
        GUIDE,
      )
    if (anchors.some(anchor => isSame(anchor, at))) return
    const current = at
    const parent = [...anchors, ...between].find(
      each => !isSame(each, current) && current.checkIssued(each) && current.verify(each.publicKey),
    )
    if (!parent) break
    checkDates('certificate', parent, now)
    at = parent
  }
  fail(
    'certificate',
    `${nameOf(issuer)} was not signed by the trust anchor: it names ${describeCertificate(at).issuer}`,
    `The anchor given is ${anchors.map(nameOf).join(', ')}; put the certificates between them behind the issuer.`,
  )
}
