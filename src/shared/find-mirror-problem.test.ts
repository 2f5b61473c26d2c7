import { expect, test } from 'vitest'
import { findMirrorProblem } from './find-mirror-problem.ts'

test.each([
  ['', true],
  ['https://mirror.example.org', true],
  ['https://mirror.example.org/', true],
  ['https://mirror.example.org:8443/tools/of/ours', true],
  ['https://[2001:db8::1]/tools', true],
  ['HTTPS://MIRROR.example.org', true],
  ['http://localhost:8080/x', true],
  ['http://127.0.0.1', true],
  ['http://[::1]:9', true],
  ['http://mirror.example.org', false],
  ['http://127.0.0.1.evil.org/', false],
  ['http://localhost.evil.org/', false],
  ['http://127.0.0.1@evil.org/', false],
  ['https://user:word@mirror.example.org', false],
  ['https://mirror.example.org/?token=x', false],
  ['https://mirror.example.org/#x', false],
  ['https://mirror.example.org/a b', false],
  ['https://mirror.example.org\\@evil.org', false],
  ['https://', false],
  ['file:///tmp', false],
  ['javascript:alert(1)', false],
  ['mirror.example.org', false],
])('%j can be a mirror: %s', (mirror, isGood) => {
  expect(findMirrorProblem(mirror)?.code).toBe(isGood ? undefined : 'bad-input')
})
