import { expect, test } from 'vitest'
import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'
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
