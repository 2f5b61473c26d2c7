import { expect, test } from 'vitest'
import { readRequestPath } from './read-request-path.ts'

test.each([
  ['/', '/'],
  ['/assets/index-a%20b.js', '/assets/index-a b.js'],
  ['/?a=%', '/'],
  ['/a?b//', '/a'],
  ['//', undefined],
  ['//evil.example/x', undefined],
  ['/%', undefined],
  ['/%ff', undefined],
  ['/%00', undefined],
  ['/%0a', undefined],
  ['/..%5c..%5cx', undefined],
  ['/a#b', undefined],
  ['http://127.0.0.1/', undefined],
  ['http://', undefined],
  ['127.0.0.1:80', undefined],
  ['*', undefined],
  ['', undefined],
  [undefined, undefined],
])('the path of %j is %j', (target, path) => {
  expect(readRequestPath(target)).toBe(path)
})
