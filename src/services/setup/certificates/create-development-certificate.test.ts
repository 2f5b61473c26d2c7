import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createDevelopmentCertificate } from './create-development-certificate.ts'

const now = Date.now()
const made = await createDevelopmentCertificate({
  hosts: ['Shop.example.com', '*.dev.example.com', '127.0.0.1', '::1', '2001:db8::ffff:10.0.0.1'],
  secretName: 'shop-cert',
  namespace: 'istio-system',
  now,
})
const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Shakes hands with a server that has the certificate; the answer is `trusted` or the reason of the refusal. */
async function negotiateTls(servername: string, ca: string | undefined): Promise<string> {
  const server = createServer({ cert: made.certificate, key: made.key }, socket => socket.end())
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({ host: '127.0.0.1', port, servername, ...(ca === undefined ? {} : { ca }) })
  try {
    await once(client, 'secureConnect')
    return client.authorized ? 'trusted' : String(client.authorizationError)
  } catch (error) {
    return (error as { readonly code: string }).code
  } finally {
    client.destroy()
    server.close()
  }
}

describe('a development certificate', () => {
  test.each([
    ['shop.example.com', made.ca, 'trusted'],
    ['one.dev.example.com', made.ca, 'trusted'],
    ['dev.example.com', made.ca, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['other.example.com', made.ca, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['shop.example.com', undefined, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('shakes hands as %s', async (name, ca, expected) => {
    expect(await negotiateTls(name, ca)).toBe(expected)
  })

  test('openssl, where it is there, verifies it strictly, for every host', () => {
    if (spawnSync('openssl', ['version']).error !== undefined) return
    writeFileSync(join(folder, 'ca.crt'), made.ca)
    writeFileSync(join(folder, 'tls.crt'), made.certificate)
    const verify = (...options: readonly string[]): string =>
      execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', 'ca.crt', ...options, 'tls.crt'], {
        cwd: folder,
        encoding: 'utf8',
      })
    expect(verify('-verify_hostname', 'shop.example.com', '-purpose', 'sslserver')).toBe('tls.crt: OK\n')
    for (const address of ['127.0.0.1', '::1', '2001:db8::ffff:a00:1'])
      expect(verify('-verify_ip', address)).toBe('tls.crt: OK\n')
  })

  test('says what it is for and until when', () => {
    const leaf = new X509Certificate(made.certificate)
    const authority = new X509Certificate(made.ca)
    expect(leaf.checkIssued(authority)).toBe(true)
    expect(leaf.ca).toBe(false)
    expect(authority.ca).toBe(true)
    expect(leaf.subjectAltName).toContain('DNS:shop.example.com, DNS:*.dev.example.com')
    expect(new Date(leaf.validTo).getTime() - now).toBeLessThanOrEqual(398 * 24 * 60 * 60 * 1_000)
    expect(Math.abs(new Date(leaf.validTo).getTime() - Date.parse(made.validUntil))).toBeLessThan(1_000)
    expect(made.trust.join(' ')).toContain('curl --cacert ca.crt https://shop.example.com/')
  })

  test('the Secret is one that gateways read', () => {
    const secret = parse(made.secret) as { readonly data: Readonly<Record<string, string>> }
    expect(secret).toMatchObject({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name: 'shop-cert', namespace: 'istio-system' },
    })
    expect(Buffer.from(secret.data['tls.crt'] ?? '', 'base64').toString()).toBe(made.certificate)
    expect(Buffer.from(secret.data['tls.key'] ?? '', 'base64').toString()).toBe(made.key)
  })

  test.each([[[]], [['a b']], [['*']], [['a.*.com']], [['-a.com']], [['x'.repeat(64)]]])(
    'rejects %j',
    async hosts => {
      const making = createDevelopmentCertificate({ hosts, secretName: 's', namespace: 'n', now })
      await expect(making).rejects.toThrow(/needs a host|is no name/)
    },
  )
})
