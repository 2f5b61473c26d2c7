import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ProblemError } from '../../../domain/problem.ts'
import { DAY_MS, issueCertificate, keyToPem, makeKeys } from '../../../certificates/issue-certificate.ts'
import { createMeshIdentity, type MeshIdentity } from './create-mesh-identity.ts'
import { describeCertificate, readCertificates, readPathLength } from './read-certificates.ts'
import { readMeshIdentity } from './read-mesh-identity.ts'

const now = Date.parse('2026-09-04T12:00:00Z')
type Keys = { readonly publicKey: KeyObject; readonly privateKey: KeyObject }

const made = await createMeshIdentity(now)

describe('the made identity', () => {
  const [root] = readCertificates(made.anchors)
  const [issuer] = readCertificates(made.certificate)

  it('is what the documents ask for', () => {
    expect(root && describeCertificate(root)).toMatchObject({
      subject: 'CN=root.linkerd.cluster.local',
      issuer: 'CN=root.linkerd.cluster.local',
      isAuthority: true,
      key: 'ECDSA P-256',
    })
    expect(issuer && describeCertificate(issuer)).toMatchObject({
      subject: 'CN=identity.linkerd.cluster.local',
      issuer: 'CN=root.linkerd.cluster.local',
      isAuthority: true,
      key: 'ECDSA P-256',
      validUntil: '2027-09-04T12:00:00.000Z',
    })
    expect([root && readPathLength(root), issuer && readPathLength(issuer)]).toEqual([1, 0])
  })

  it('passes its own check, as it is', () => {
    expect(readMeshIdentity(made, now)).toEqual({
      anchors: made.anchors,
      certificate: made.certificate,
      key: made.key,
    })
    expect(made.key).toMatch(/^-----BEGIN EC PRIVATE KEY-----/)
  })
})

const authority = (
  subject: string,
  keys: Keys,
  signer: Keys = keys,
  issuer = subject,
  more: object = {},
): Promise<string> =>
  issueCertificate({
    subject,
    issuer,
    publicKey: keys.publicKey,
    signer,
    from: now,
    until: now + 400 * DAY_MS,
    ...more,
  })

const rootKeys = makeKeys()
const middleKeys = makeKeys()
const issuerKeys = makeKeys()
const strange: Keys = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const root = await authority('root', rootKeys)
const other = await authority('root', makeKeys())
const issuer = await authority('issuer', issuerKeys, rootKeys, 'root')
const middle = await authority('middle', middleKeys, rootKeys, 'root')
const deep = await authority('deep', issuerKeys, middleKeys, 'middle')
const key = keyToPem(issuerKeys.privateKey)
const fits: MeshIdentity = { anchors: root, certificate: issuer, key }

describe('a given identity is taken', () => {
  it.each<[string, Partial<MeshIdentity>]>([
    ['as it is', {}],
    ['with a bundle of anchors, while they are rotated', { anchors: `${other}\n# old\n${root}` }],
    ['with text around, as openssl prints it', { certificate: `Certificate:\n  Data:\n${issuer}` }],
    ['with the certificates between', { certificate: deep + middle }],
    ['with the issuer itself as the anchor', { anchors: issuer }],
    [
      'with a key in the traditional form',
      { key: issuerKeys.privateKey.export({ type: 'sec1', format: 'pem' }).toString() },
    ],
  ])('%s', (_name, change) => {
    const read = readMeshIdentity({ ...fits, ...change }, now)
    expect(read.key).toMatch(/^-----BEGIN EC PRIVATE KEY-----/)
    expect(read.certificate).toMatch(/^-----BEGIN CERTIFICATE-----/)
  })
})

const expired = { from: now - 20 * DAY_MS, until: now - DAY_MS }
const later = { from: now + DAY_MS, until: now + 20 * DAY_MS }
const leaf = await issueCertificate({
  subject: 'leaf',
  issuer: 'root',
  publicKey: issuerKeys.publicKey,
  signer: rootKeys,
  names: ['a.example.com'],
  from: now,
  until: now + DAY_MS,
})
const narrow = await authority('root', rootKeys, rootKeys, 'root', { pathLength: 0 })
const flipped = issuer.replace(/(?<=\n)[A-Za-z0-9+/]{8}/, 'AAAAAAAA')

const onCurve = await authority('issuer', strange, rootKeys, 'root')
const anchorOnCurve = await authority('root', strange)
const expiredIssuer = await authority('issuer', issuerKeys, rootKeys, 'root', expired)
const laterIssuer = await authority('issuer', issuerKeys, rootKeys, 'root', later)
const expiredAnchor = await authority('old', middleKeys, middleKeys, 'old', expired)

describe('a given identity is rejected', () => {
  it.each<[string, Partial<MeshIdentity>, keyof MeshIdentity, RegExp]>([
    ['nothing', { anchors: '' }, 'anchors', /not a certificate in PEM/],
    ['a key for the anchor', { anchors: key }, 'anchors', /private key, not the certificate/],
    ['a cut certificate', { certificate: issuer.slice(0, 200) }, 'certificate', /cut off or changed/],
    ['a changed certificate', { certificate: flipped }, 'certificate', /cut off or changed/],
    ['no key', { key: 'hello' }, 'key', /not a private key in PEM/],
    [
      'a public key',
      { key: issuerKeys.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
      'key',
      /not a private key/,
    ],
    [
      'a key with a passphrase',
      {
        key: issuerKeys.privateKey
          .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
          .toString(),
      },
      'key',
      /passphrase/,
    ],
    ["another's key", { key: keyToPem(rootKeys.privateKey) }, 'key', /does not belong to CN=issuer/],
    [
      'a key on another curve',
      { key: keyToPem(strange.privateKey) },
      'key',
      /ECDSA P-384; Linkerd takes ECDSA P-256/,
    ],
    ['an issuer on another curve', { certificate: onCurve }, 'certificate', /P-384/],
    ['an anchor on another curve', { anchors: anchorOnCurve }, 'anchors', /P-384/],
    ['an issuer that is no authority', { certificate: leaf }, 'certificate', /not an authority \(CA false\)/],
    ['an anchor that is no authority', { anchors: leaf }, 'anchors', /not an authority \(CA false\)/],
    ['another anchor', { anchors: other }, 'certificate', /was not signed by the trust anchor/],
    ['a missing certificate between', { certificate: deep }, 'certificate', /it names CN=middle/],
    ['an expired issuer', { certificate: expiredIssuer }, 'certificate', /ended on 2026-09-03/],
    ['an issuer of tomorrow', { certificate: laterIssuer }, 'certificate', /begins only at/],
    ['an expired anchor in the bundle', { anchors: root + expiredAnchor }, 'anchors', /CN=old ended on/],
    [
      'an anchor that allows no authority below',
      { anchors: narrow },
      'anchors',
      /allows 0 authorities below it, but there is 1/,
    ],
  ])('%s', (_name, change, at, message) => {
    const attempt = (): unknown => readMeshIdentity({ ...fits, ...change }, now)
    expect(attempt).toThrow(ProblemError)
    try {
      attempt()
    } catch (error) {
      const { problem } = error as ProblemError
      expect(problem).toMatchObject({ code: 'bad-input', at })
      expect(problem.message).toMatch(message)
      expect(JSON.stringify(problem)).not.toContain('PRIVATE KEY-----\\n')
    }
  })
})
