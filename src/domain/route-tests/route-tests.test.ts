import { describe, expect, test } from 'vitest'
import { parse, request, services, virtualService, to } from '../../../test/fixtures/routing.ts'
import { toProblem } from '../problem.ts'
import { decideSimulated } from '../simulation/decide-simulated.ts'
import { simulateMesh } from '../simulation/simulated-mesh.ts'
import { reportJunit } from './junit-report.ts'
import { parseRouteTests } from './parse-route-tests.ts'
import { runRouteTests } from './run-route-tests.ts'
import { addRouteTest, routeTestOf } from './write-route-test.ts'

const simulated = simulateMesh(
  parse(
    services +
      virtualService(
        'myapp',
        `{hosts: [myapp], http: [
          {name: beta, match: [{headers: {user-type: {exact: beta}}}], ${to('api')}, timeout: 10s,
           rewrite: {uri: /new}, headers: {request: {set: {x-a: b}}}, retries: {attempts: 3, perTryTimeout: 2s, retryOn: 5xx}},
          {match: [{uri: {prefix: /old}}], redirect: {uri: /new, redirectCode: 308}},
          {route: [{destination: {host: api}, weight: 90}, {destination: {host: service}, weight: 10}]}]}`,
      ) +
      `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: default}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
`,
  ),
)
const beta = 'url: http://myapp/x, headers: {user-type: beta}'
const run = (fields: string, expected: string): readonly string[] => {
  const { tests, problems } = parseRouteTests(
    `- {name: t, request: {from: {labels: {app: a}}, ${fields}}, expect: {${expected}}}`,
  )
  expect(problems).toEqual([])
  return runRouteTests(simulated, tests).flatMap(({ differences }) => differences)
}

describe('what a test can expect', () => {
  test.each([
    ['outcome: forwarded', 'outcome: rejected', 'outcome: expected rejected, got forwarded'],
    [
      'route: myapp',
      'route: default/other',
      'route: expected default/other, got VirtualService default/myapp',
    ],
    [
      'route: VirtualService default/myapp',
      'route: HTTPRoute default/myapp',
      'route: expected HTTPRoute default/myapp, got VirtualService default/myapp',
    ],
    [
      'rule: beta',
      'rule: 2',
      'rule: expected 2, got beta (VirtualService default/myapp, rule 1, match 1 ("beta"))',
    ],
    [
      'rule: 0',
      'rule: gamma',
      'rule: expected gamma, got beta (VirtualService default/myapp, rule 1, match 1 ("beta"))',
    ],
    [
      'destination: api',
      'destination: api, subset: v2',
      'destination: expected api subset v2, got api.default.svc.cluster.local:80 with weight 100',
    ],
    [
      'destination: api.default:80, subset: "", weight: 100',
      'destination: api.default:81',
      'destination: expected api.default:81, got api.default.svc.cluster.local:80 with weight 100',
    ],
    [
      'destinations: [{host: api, weight: 100}]',
      'destinations: [{host: api}, {host: service}]',
      'destinations: expected api, service, got api.default.svc.cluster.local:80 with weight 100',
    ],
    ['path: /newx', 'path: /x', 'path: expected /x, got /newx'],
    ['host: myapp', 'host: api', 'host: expected api, got myapp'],
    ['headers: {X-A: b, x-c: null}', 'headers: {x-a: null}', 'header x-a: expected none, got b'],
    ['timeout: 10000ms', 'timeout: none', 'timeout: expected none, got 10s'],
    ['retries: 3', 'retries: {attempts: 2}', 'retries: expected 2, got 3'],
    [
      'retries: {perTryTimeout: 2s, retryOn: 5xx}',
      'retries: {perTryTimeout: 1s}',
      'retries.perTryTimeout: expected 1s, got 2s',
    ],
    [
      'denied: false',
      'denied: true',
      'denied: expected yes, got no (Forwarded by VirtualService default/myapp, rule 1, match 1 ("beta"))',
    ],
  ])('%s passes; %s fails', (right, wrong, difference) => {
    expect(run(beta, right)).toEqual([])
    expect(run(beta, wrong)).toEqual([difference])
  })
  test('redirects and unknown hosts', () => {
    expect(
      run('url: http://myapp/old/1', 'outcome: redirected, status: 308, location: http://myapp/new'),
    ).toEqual([])
    expect(run('url: http://myapp/old/1', 'status: 301, location: /')).toEqual([
      'status: expected 301, got 308',
      'location: expected /, got http://myapp/new',
    ])
  })
  test('weights of several destinations', () => {
    const other = 'url: http://myapp/'
    expect(run(other, 'destination: service, weight: 10')).toEqual([])
    expect(run(other, 'destinations: [{host: service, weight: 10}, {host: api, weight: 90}]')).toEqual([])
    expect(run(other, 'destinations: [{host: service, weight: 10}]')).toHaveLength(1)
  })
  test('a gateway that is not there fails the test, with a suggestion', () => {
    const { tests } = parseRouteTests(
      '- {name: t, request: {from: {gateway: default/edgee}, url: "http://a/"}, expect: {status: 404}}',
    )
    expect(runRouteTests(simulated, tests)[0]).toMatchObject({
      passed: false,
      differences: ['There is no Gateway default/edgee in the files. Did you mean default/edge?'],
    })
  })
})

describe('what is wrong with a text has its line', () => {
  const good = '- name: one\n  request: {url: http://a/}\n  expect: {status: 200}\n'
  test.each<[string, string, string, number]>([
    ['not a list', 'tests: []', 'Route tests are a list of tests', 1],
    ['broken YAML', '- name: [', 'Not valid YAML', 1],
    ['a field too many', `${good}  extra: 1`, 'There is no field "extra"', 4],
    ['two of a name', `${good}${good}`, 'Two tests are called "one"', 4],
    ['no request', '- name: one\n  expect: {status: 200}', 'The test has no "request"', 1],
    ['no expectation', '- name: one\n  request: {url: http://a/}', 'The test expects nothing', 1],
    ['no name', '- request: {url: http://a/}\n  expect: {status: 200}', 'A test needs a "name"', 1],
    ['a wrong URL', good.replace('http://a/', 'a.b/c'), 'The URL "a.b/c" cannot be read', 2],
    ['a field of from', good.replace('url', 'from: {pod: a}, url'), 'There is no field "pod" in "from"', 2],
    ['a status', good.replace('200', 'ok'), '"status" is "ok", not a whole number from 100 to 599', 3],
    ['an outcome', good.replace('status: 200', 'outcome: forward'), '"outcome" is "forward", not one of', 3],
    ['a time', good.replace('status: 200', 'timeout: ten'), '"timeout" is "ten", not a duration', 3],
  ])('%s', (_name, text, message, line) => {
    const { problems } = parseRouteTests(text)
    expect(problems[0]?.message).toContain(message)
    expect(problems[0]?.line).toBe(line)
  })
  test.each([
    ['destnation', 'Did you mean "destination"?'],
    ['header', 'Did you mean "headers"?'],
    ['zzzzz', 'The fields are outcome, reason'],
  ])('%s', (field, hint) => {
    const { problems, tests } = parseRouteTests(good.replace('status', field))
    expect(problems[0]?.hint).toContain(hint)
    expect(tests).toEqual([])
  })
  test('a hostile text is refused', () => {
    expect(parseRouteTests('['.repeat(5000)).problems).toHaveLength(1)
  })
})

describe('a test made from a request', () => {
  test.each([
    ['a rewrite', request({ headers: { 'user-type': 'beta' }, path: '/x?a=1' })],
    ['weights', request({ method: 'POST' })],
    ['a redirect', request({ path: '/old' })],
    [
      'another port, TLS and a service account',
      request({ port: 8443, scheme: 'https', tls: 'simple', sni: 'a.b' }),
    ],
    ['a caller without a proxy', request({ from: { ...request().from, kind: 'workload', hasProxy: false } })],
    ['a connection', request({ protocol: 'tcp', port: 6379 })],
    ['an unknown host', request({ host: 'nobody:8080', port: 8080 })],
    ['a name to be quoted', request({ headers: { a: 'yes', b: '0x1', c: '"', d: 'x: y' } })],
  ])('passes at once: %s', (name, given) => {
    const text = routeTestOf(name, given, decideSimulated(simulated, given))
    const { tests, problems } = parseRouteTests(text)
    expect(problems).toEqual([])
    expect(runRouteTests(simulated, tests)).toMatchObject([{ passed: true, request: given, differences: [] }])
  })

  const fresh = routeTestOf('fresh', request(), decideSimulated(simulated, request()))
  test.each([
    ['nothing', ''],
    ['a comment', '# tests of the shop'],
    ['a block list', '# a\n- name: one   # odd\n  request: {url: http://a/}\n  expect: {status: 404}\n'],
    ['no line end', '- name: one\n  request: {url: http://a/}\n  expect: {status: 404}'],
    ['CRLF', '- name: one\r\n  request: {url: http://a/}\r\n  expect: {status: 404}\r\n'],
    ['indented', '  - name: one\n    request: {url: http://a/}\n    expect: {status: 404}\n# end\n'],
    ['flow', '[{name: one, request: {url: http://a/}, expect: {status: 404}}]\n'],
    ['an empty list', '[]\n'],
    ['an empty list behind a mark', '--- [] # none yet\n'],
    [
      'documents',
      '- {name: one, request: {url: http://a/}, expect: {status: 404}}\n---\n- {name: two, request: {url: http://a/}, expect: {status: 404}}\n',
    ],
  ])('is added without touching the rest: %s', (_name, text) => {
    const added = addRouteTest(text, fresh)
    const before = parseRouteTests(text)
    const after = parseRouteTests(added)
    expect(after.problems).toEqual([])
    expect(after.tests.map(({ name }) => name)).toEqual([...before.tests.map(({ name }) => name), 'fresh'])
    if (text.includes('\r\n')) expect(added.replaceAll('\r\n', '')).not.toContain('\n')
    // What was there is still there, in one piece before the new test and one behind it.
    let head = 0
    while (head < text.length && text[head] === added[head]) head++
    if (!text.includes('[]')) expect(added.endsWith(text.slice(head))).toBe(true)
  })
  test('a broken text stays as it is', () => {
    expect(() => addRouteTest('- name: [', fresh)).toThrow()
    try {
      addRouteTest('kind: Service', fresh)
    } catch (error) {
      expect(toProblem(error).code).not.toBe('internal')
    }
  })
})

test('JUnit has every character escaped', () => {
  const name = `a<b>&"c'\u0001\ud800\nd`
  const { tests } = parseRouteTests(
    `- {name: ${JSON.stringify(name)}, request: {url: "http://myapp/"}, expect: {path: "<&>", status: 404}}`,
  )
  const xml = reportJunit([{ file: 'a&b.routes.yaml', results: runRouteTests(simulated, tests) }])
  expect(xml).toContain(
    '<testsuites name="route tests" tests="1" failures="1" errors="0" skipped="0" time="0">',
  )
  expect(xml).toContain('name="a&lt;b&gt;&amp;&quot;c&apos;\ufffd\ufffd&#10;d"')
  expect(xml).toContain('classname="a&amp;b.routes.yaml" file="a&amp;b.routes.yaml" line="1"')
  expect(xml).toContain('path: expected &lt;&amp;&gt;, got /')
  expect(xml).not.toContain('\u0001')
})
