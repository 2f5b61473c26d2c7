import { expect, test } from 'vitest'
import { createSecretFilter } from './known-secrets.ts'

test.each([
  [
    'a private key',
    ['-----BEGIN EC PRIVATE KEY-----', 'c2VjcmV0', '-----END EC PRIVATE KEY-----', 'ready'],
    'ready',
  ],
  [
    'one in a line',
    ['key: "-----BEGIN PRIVATE KEY-----\\nc2VjcmV0\\n-----END PRIVATE KEY-----"', 'ready'],
    'ready',
  ],
  ['a token', ['got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzZWNyZXQifQ.c2VjcmV0'], 'got'],
  ['a kubeconfig', ['    client-key-data: c2VjcmV0', '    token: secret'], 'client-key-data'],
  ['JSON', ['{"name":"x","token":"secret","kind":"y"}'], '"kind":"y"'],
])('%s is hidden, and what is beside it stays', (_name, lines, kept) => {
  const filter = createSecretFilter()
  const shown = lines.map(filter).join('\n')
  expect(shown).not.toMatch(/secret(?!s)|c2VjcmV0/)
  expect(shown).toContain(kept)
})

test('other lines stay as they are', () => {
  const filter = createSecretFilter()
  const lines = [
    '✔ Istio core installed',
    'token review is enabled',
    'waiting for pods: 3/4',
    '-----BEGIN CERTIFICATE-----',
  ]
  expect(lines.map(filter)).toEqual(lines)
})
