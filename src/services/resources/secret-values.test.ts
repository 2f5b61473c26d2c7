import { expect, test } from 'vitest'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { mask, maskSecret, projectObject } from './project-object.ts'

const plain = 's3cr"et-é'
const base64 = Buffer.from(plain).toString('base64')
const secret = (annotations: Record<string, string>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'a', annotations },
  data: { password: base64, pin: Buffer.from('7').toString('base64') },
})

test.each([
  ['plain', 'example.org/note', plain],
  ['in base64', 'example.org/note', base64],
  ['inside other text', 'example.org/note', `the password is ${plain}!`],
  ['inside JSON', 'example.org/note', JSON.stringify({ password: plain })],
  [
    'in a text that is base64 as a whole',
    'example.org/note',
    Buffer.from(`password=${plain}`).toString('base64'),
  ],
  ['short, alone', 'example.org/pin', '7'],
  ['short, in JSON', 'example.org/note', '{"pin": 7, "user": "a"}'],
  ['short, in base64', 'example.org/note', Buffer.from('7').toString('base64')],
  ['in base64 for addresses', 'example.org/note', Buffer.from(`??>>${plain}`).toString('base64url')],
  ['in base64 over lines', 'example.org/note', base64.replaceAll(/.{4}/g, '$&\n  ')],
  ['plain, over lines', 'example.org/note', `${plain.slice(0, 4)}\n${plain.slice(4)}`],
  [
    'in JSON in JSON in JSON',
    'example.org/note',
    JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ password: plain }) }) }),
  ],
  [
    'in base64 in JSON in base64',
    'example.org/note',
    Buffer.from(JSON.stringify({ auth: base64 })).toString('base64'),
  ],
  [
    'within a longer text in base64',
    'example.org/note',
    `x/${Buffer.from(`admin:${plain}@`).toString('base64')}`,
  ],
  ['escaped for an address', 'example.org/note', `https://a:${encodeURIComponent(plain)}@b`],
  ['escaped by code', 'example.org/note', String.raw`{"p":"s3cr\"et-\u00e9"}`],
  [
    "kubectl's copy",
    'kubectl.kubernetes.io/last-applied-configuration',
    '{"kind":"Secret","data":{"old":"b2xk"}}',
  ],
  [
    'a copy of another tool, with an earlier value',
    'tool.example/last-applied',
    'kind: Secret\nstringData:\n  old: earlier',
  ],
])('an annotation that holds a value of its Secret is masked: %s', (_name, key, text) => {
  for (const shown of [
    maskSecret(secret({ [key]: text, team: 'blue' })),
    projectObject(secret({ [key]: text, team: 'blue' })),
  ]) {
    const { annotations } = shown.metadata
    expect([mask, undefined]).toContain(annotations?.[key])
    expect(annotations?.['team']).toBe('blue')
    expect(shown['data']).toEqual({ password: mask, pin: mask })
  }
})

test('values of a wrong type do not leave either', () => {
  expect(maskSecret({ ...secret({}), data: ['a'], stringData: 'b' })).toMatchObject({
    data: mask,
    stringData: mask,
  })
})

test.each([
  ['the name of a team', 'blue-team'],
  ['an address', 'https://example.org/docs?page=2'],
  ['a date', '2026-11-30T02:06:25Z'],
  ['JSON', '{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"b"}}'],
  ['a checksum', 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
])('an annotation without a value stays: %s', (_name, text) => {
  expect(maskSecret(secret({ note: text })).metadata.annotations?.['note']).toBe(text)
})
