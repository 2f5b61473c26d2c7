import { expect, test } from 'vitest'
import { isAllowed } from './allowed-request.ts'

const good = { host: '127.0.0.1:80', origin: 'http://127.0.0.1:80', token: 'secret' }

test.each([
  ['our page', good, true],
  ['our page by its other name', { ...good, host: 'localhost:80', origin: 'http://localhost:80' }, true],
  ['the first page load, which has no origin', { ...good, origin: undefined }, true],
  ['another page', { ...good, origin: 'http://evil.example' }, false],
  ['a page on another port', { ...good, origin: 'http://127.0.0.1:81' }, false],
  ['a file', { ...good, origin: 'null' }, false],
  [
    'a name that was pointed at us (DNS rebinding)',
    { ...good, host: 'evil.example:80', origin: 'http://evil.example:80' },
    false,
  ],
  ['no host', { ...good, host: undefined }, false],
  ['a wrong token', { ...good, token: 'secreT' }, false],
  ['a token of another length', { ...good, token: 'secret1' }, false],
  ['no token', { ...good, token: undefined }, false],
])('%s', (_name, knock, expected) => {
  expect(isAllowed(knock, { port: 80, token: 'secret' })).toBe(expected)
})
