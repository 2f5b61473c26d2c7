import { expect, test } from 'vitest'
import { decide } from './resolve.ts'
import { meshOf, request, virtualService } from '../../../../test/fixtures/routing.ts'

const rule = (headers: string): string =>
  virtualService(
    'v',
    `{hosts: [myapp], http: [{headers: ${headers}, route: [{destination: {host: myapp}}]}]}`,
  )
const decideWith = (headers: string) =>
  decide(
    meshOf(rule(headers)),
    request({ path: '/x/../a?b=1', method: 'POST', headers: { 'x-account': 'blue', old: '1' } }),
  )

// What Envoy 1.40 sends on.
test.each<[string, string, string | undefined]>([
  ['a header of the request', '%REQ(x-account)%', 'blue'],
  ['its alternative', '%REQ(x-none?X-Account)%', 'blue'],
  ['an absent one within text', 'a%REQ(x-none)%b', 'ab'],
  ['the normalized path', '%REQ(:PATH)%', '/a?b=1'],
  ['the path', '%PATH%', '/a?b=1'],
  ['the path without the query', '%PATH(NQ)%', '/a'],
  ['a parameter', '%QUERY_PARAM(b)%', '1'],
  ['method and host', '%REQ(:METHOD)% %REQ(:AUTHORITY)%', 'POST myapp'],
  ['the sign itself', '50%%', '50%'],
])('a header’s operators: %s', (_name, value, expected) => {
  const { request: leaving, unknown } = decideWith(`{request: {set: {x-new: "${value}"}}}`)
  expect(leaving.headers['x-new']).toBe(expected)
  expect(unknown).toEqual([])
})

// Envoy 1.40 does not start with it: the extension is one that istiod does not configure.
test('an operator that the proxy does not have is unknown', () => {
  const { request: leaving, unknown } = decideWith('{request: {set: {x-new: "%REQ_WITHOUT_QUERY(:PATH)%"}}}')
  expect([leaving.headers['x-new'], unknown.length]).toEqual([undefined, 1])
})

test('an empty value changes nothing', () => {
  expect(decideWith('{request: {set: {old: "%REQ(x-none)%"}}}').request.headers['old']).toBe('1')
})
// Envoy 1.40: a header that a destination adds is another line, and the rule's operators read the first.
test.each([
  ['two lines', 'add: {x-account: red}', 'x-account', 'blue, red', 'blue'],
  ['the line that replaced them', 'set: {x-account: red}', 'x-account', 'red', 'red'],
  ['a header of one line', 'add: {user-agent: red}', 'user-agent', 'blue, red', 'blue, red'],
])('a rule’s operators after a destination’s changes: %s', (_name, changes, name, leaving, read) => {
  const mesh = meshOf(
    virtualService(
      'v',
      `{hosts: [myapp], http: [{headers: {request: {set: {x-new: "%REQ(${name})%"}}}, route: [{destination: {host: myapp}, weight: 1, headers: {request: {${changes}}}}, {destination: {host: myapp}, weight: 1}]}]}`,
    ),
  )
  const decision = decide(mesh, request({ headers: { 'x-account': 'blue', 'user-agent': 'blue' } }))
  expect(decision.destinations[0]?.request?.headers).toMatchObject({ [name]: leaving, 'x-new': read })
})
test('what only the proxy knows is unknown, never its text', () => {
  const { request: leaving, unknown } = decideWith('{request: {set: {old: "%DOWNSTREAM_REMOTE_ADDRESS%"}}}')
  expect(leaving.headers['old']).toBeUndefined()
  expect(leaving.unknownHeaders).toEqual({ old: '%DOWNSTREAM_REMOTE_ADDRESS%' })
  expect(unknown).toEqual([expect.stringContaining('old')])
})
test('the answer’s headers are in the decision', () => {
  expect(decideWith('{response: {set: {x-a: "1"}, remove: [x-b]}}').responseHeaders).toEqual({
    set: { 'x-a': '1' },
    add: {},
    remove: ['x-b'],
  })
  expect(decideWith('{request: {set: {x-a: "1"}}}').responseHeaders).toBeUndefined()
})
