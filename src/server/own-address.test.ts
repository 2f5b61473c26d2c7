import { expect, test } from 'vitest'
import { isOwnAddress } from './own-address.ts'

const good = { host: '127.0.0.1:80', origin: 'http://127.0.0.1:80' }

test.each([
  ['our page', good, true],
  ['our page by its other name', { host: 'localhost:80', origin: 'http://localhost:80' }, true],
  ['the first page load, which has no origin', { ...good, origin: undefined }, true],
  ['one of our names from the other', { ...good, origin: 'http://localhost:80' }, false],
  ['another page', { ...good, origin: 'http://evil.example' }, false],
  ['a page on another port', { ...good, origin: 'http://127.0.0.1:81' }, false],
  ['a file', { ...good, origin: 'null' }, false],
  [
    'a name that was pointed at us (DNS rebinding)',
    { host: 'evil.example:80', origin: 'http://evil.example:80' },
    false,
  ],
  ['no host', { host: undefined, origin: undefined }, false],
])('%s', (_name, headers, expected) => {
  expect(isOwnAddress(headers, 80)).toBe(expected)
})
