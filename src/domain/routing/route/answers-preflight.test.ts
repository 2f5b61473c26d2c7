import { expect, test } from 'vitest'
import { readCors } from '../../istio/fields/read-cors.ts'
import { answersPreflight } from './answers-preflight.ts'
import { viewRequest } from './request-view.ts'

const policies = {
  named: { allowOrigins: [{ exact: 'http://ok' }, { prefix: 'http://pre' }, { regex: 'http://re.*' }] },
  ignoring: { allowOrigins: [{ exact: 'http://ok' }], unmatchedPreflights: 'IGNORE' },
  older: { allowOrigin: ['http://ok'] },
  all: { allowOrigins: [{ exact: '*' }] },
  empty: { allowMethods: ['GET'] },
}

// As the real istiod 1.31 and Envoy 1.40 answer them.
test.each<[keyof typeof policies, string, string, string, boolean]>([
  ['named', 'OPTIONS', 'http://ok', 'GET', true],
  ['named', 'OPTIONS', 'http://prefix', 'GET', true],
  ['named', 'OPTIONS', 'http://re1', 'GET', true],
  ['named', 'OPTIONS', 'http://bad', 'GET', false],
  ['named', 'OPTIONS', 'HTTP://OK', 'GET', false],
  ['named', 'OPTIONS', 'http://ok', '', false],
  ['named', 'OPTIONS', '', 'GET', false],
  ['named', 'GET', 'http://ok', 'GET', false],
  ['ignoring', 'OPTIONS', 'http://bad', 'GET', true],
  ['ignoring', 'OPTIONS', 'http://bad', '', false],
  ['older', 'OPTIONS', 'http://ok', 'GET', true],
  ['older', 'OPTIONS', 'http://okay', 'GET', false],
  ['all', 'OPTIONS', 'http://any', 'GET', true],
  ['empty', 'OPTIONS', 'http://ok', 'GET', false],
])('%s origins: %s of %s asking for %s', (name, method, origin, asked, isAnswered) => {
  const headers = {
    ...(origin === '' ? {} : { origin }),
    ...(asked === '' ? {} : { 'access-control-request-method': asked }),
  }
  const from = { kind: 'workload', namespace: 'default', labels: {} } as const
  const request = {
    from,
    scheme: 'http',
    method,
    host: 'shop',
    port: 80,
    path: '/',
    headers,
    tls: 'none',
  } as const
  const cors = readCors(policies[name])
  expect(cors !== undefined && answersPreflight(cors, viewRequest(request, 'mesh', 80))).toBe(isAnswered)
})
