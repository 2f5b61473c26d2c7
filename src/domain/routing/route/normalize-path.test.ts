import { expect, test } from 'vitest'
import type { PathNormalization } from '../../istio/settings/mesh-settings.ts'
import { normalizeTarget } from './normalize-path.ts'

// What Envoy 1.40 sends on.
test.each<[PathNormalization, string, string]>([
  ['BASE', '/open/../api', '/api'],
  ['BASE', '/open/%2e%2E/api', '/api'],
  ['BASE', '/a/./b', '/a/b'],
  ['BASE', '/a/..', '/'],
  ['BASE', '/a\\..\\b', '/b'],
  ['BASE', '//a', '//a'],
  ['BASE', '/a%2Fb', '/a%2Fb'],
  ['BASE', '/%61', '/a'],
  ['BASE', '/a?x=/../%2e', '/a?x=/../%2e'],
  ['BASE', '/a#b?c', '/a'],
  ['NONE', '/open/../api', '/open/../api'],
  ['MERGE_SLASHES', '//a///b/', '/a/b/'],
  ['MERGE_SLASHES', '/a%2F%2Fb', '/a%2F%2Fb'],
  ['DECODE_AND_MERGE_SLASHES', '/a%2F%2fb', '/a/b'],
  ['DECODE_AND_MERGE_SLASHES', '/a%5C..%5Cb', '/b'],
  ['DECODE_AND_MERGE_SLASHES', '/a%2f%2e%2e%2fb?q=%2F', '/b?q=%2F'],
])('%s: %s', (normalization, target, expected) => {
  expect(normalizeTarget(target, normalization)).toBe(expected)
})
