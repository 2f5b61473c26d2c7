import { expect, test } from 'vitest'
import { readProtobuf, UnknownProtobuf } from './protobuf.ts'

const field = (number: number, content: string | Buffer): Buffer => {
  const bytes = Buffer.from(content)
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes])
}
const body = (kind: string, ...content: readonly Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from('k8s\0'),
    field(1, Buffer.concat([field(1, 'v1'), field(2, kind)])),
    field(2, Buffer.concat(content)),
  ])

test('a namespace as `kubectl create namespace foo` sends it', () => {
  // Captured from kubectl 1.36.1.
  const captured = Buffer.from(
    '6b3873000a0f0a02763112094e616d657370616365121b0a130a03666f6f12001a0022002a0032003800420012001a020a001a002200',
    'hex',
  )
  expect(readProtobuf(captured)).toEqual({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'foo' } })
})

test('maps, lists, numbers and ports', () => {
  const port = Buffer.concat([
    field(1, 'http'),
    Buffer.from([0x18, 80]),
    field(4, Buffer.from([0x08, 1, 0x1a, 1, 0x78])),
  ])
  const spec = Buffer.concat([field(1, port), field(2, Buffer.concat([field(1, 'app'), field(2, 'web')]))])
  expect(readProtobuf(body('Service', field(2, spec)))).toEqual({
    apiVersion: 'v1',
    kind: 'Service',
    spec: { ports: [{ name: 'http', port: 80, targetPort: 'x' }], selector: { app: 'web' } },
  })
})

test('what the table does not know is said, not lost', () => {
  expect(() => readProtobuf(body('Job'))).toThrow(UnknownProtobuf)
  expect(() => readProtobuf(body('Namespace', field(9, 'set')))).toThrow(UnknownProtobuf)
  expect(() => readProtobuf(Buffer.from('{}'))).toThrow(/protobuf message/)
})
