import { mkdtempSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { toProblem } from '../domain/problem.ts'
import type { DecisionRecord } from '../domain/simulation/decision-record.ts'
import { simulate } from './simulate.ts'

const fixtures = join(import.meta.dirname, '..', '..', 'test', 'fixtures')
const tutorial = join(fixtures, 'tutorial')
const services = join(fixtures, 'route-tests', 'manifests')
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulate-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const write = (name: string, text: string): string => {
  const file = join(folder, name)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
  return file
}

interface Run {
  readonly code: number
  readonly out: string
  readonly errors: string
}

async function run(paths: readonly string[], values: Record<string, unknown>): Promise<Run> {
  const out: string[] = []
  const errors: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line: unknown) => void out.push(String(line)))
  const error = vi
    .spyOn(console, 'error')
    .mockImplementation((line: unknown) => void errors.push(String(line)))
  try {
    const code = await simulate.run(values, paths)
    return { code, out: out.join('\n'), errors: errors.join('\n') }
  } catch (thrown) {
    return { code: 2, out: out.join('\n'), errors: toProblem(thrown).message }
  } finally {
    log.mockRestore()
    error.mockRestore()
  }
}

const frontend = { namespace: 'default', labels: { app: 'frontend' }, serviceAccount: 'frontend' }
const gateway = { gateway: 'default/app-gateway' }

async function decide(requests: readonly object[]): Promise<readonly DecisionRecord[]> {
  const file = write('tutorial.jsonl', requests.map(item => JSON.stringify(item)).join('\n'))
  const { code, out } = await run([tutorial, services], { requests: file, output: 'jsonl' })
  expect(code).toBe(0)
  return out.split('\n').map(line => JSON.parse(line) as DecisionRecord)
}

const short = ({ outcome, status, reason, destinations }: DecisionRecord): string =>
  [
    outcome,
    status,
    reason,
    ...destinations.map(
      ({ host, subset, weight }) => `${host.split('.', 1)[0] ?? ''} ${subset ?? ''} ${String(weight)}`,
    ),
  ]
    .filter(item => item !== undefined)
    .join(' ')

describe('the tutorial', () => {
  test.each<[string, object, string]>([
    [
      'beta users',
      { from: frontend, url: 'http://myapp/', headers: { 'User-Type': 'beta' } },
      'forwarded myapp v2 100',
    ],
    ['others', { from: frontend, url: 'http://myapp/' }, 'forwarded myapp v1 90 myapp v2 10'],
    ['/api', { from: gateway, url: 'http://localhost/api/x?y=1' }, 'rejected 403 denied api  100'],
    ['/service', { from: gateway, url: 'http://localhost/service' }, 'forwarded service  100'],
    ['the rest', { from: gateway, url: 'http://localhost/' }, 'forwarded frontend  100'],
    [
      'by labels of the proxy',
      { from: { namespace: 'istio-system', labels: { istio: 'ingressgateway' } }, url: 'http://localhost/' },
      'forwarded frontend  100',
    ],
    ['TLS', { from: gateway, url: 'https://example.com/', tls: 'simple' }, 'forwarded frontend  100'],
    ['another name by TLS', { from: gateway, url: 'https://a.b/' }, 'rejected no-filter-chain'],
    ['a POST by the frontend', { from: frontend, url: 'http://api/', method: 'POST' }, 'forwarded api  100'],
    [
      'a POST by another service account',
      { from: { ...frontend, serviceAccount: 'batch' }, url: 'http://api/', method: 'POST' },
      'rejected 403 denied api  100',
    ],
    ['a DELETE', { from: frontend, url: 'http://api/', method: 'DELETE' }, 'rejected 403 denied api  100'],
  ])('%s', async (_name, request, expected) => {
    const [decision] = await decide([{ id: '7', ...request }])
    expect(decision && short(decision)).toBe(expected)
    expect(decision?.id).toBe('7')
  })

  test('jsonl has the form that is promised', async () => {
    const [decision] = await decide([{ id: '1', from: frontend, url: 'http://myapp:80/a?x=1' }])
    expect(decision).toMatchObject({
      id: '1',
      outcome: 'forwarded',
      route: { kind: 'VirtualService', namespace: 'default', name: 'myapp', rule: 1 },
      destinations: [
        {
          host: 'myapp.default.svc.cluster.local',
          port: 80,
          subset: 'v1',
          weight: 90,
          cluster: 'outbound|80|v1|myapp.default.svc.cluster.local',
        },
        { subset: 'v2', weight: 10 },
      ],
      request: { host: 'myapp', path: '/a?x=1', headers: {} },
      mirrors: [],
      unknown: [],
    })
    expect(decision?.considered[0]).toEqual({
      route: { kind: 'VirtualService', namespace: 'default', name: 'myapp', rule: 0, match: 0 },
      rule: 0,
      match: 0,
      result: 'no: header user-type is absent',
    })
    expect(decision?.considered[1]).toMatchObject({ rule: 1, result: 'yes' })
  })

  test('the text says where each goes, and why each rule lost', async () => {
    const file = write(
      'text.jsonl',
      [
        { id: 'others', from: frontend, url: 'http://myapp/', headers: { 'user-type': 'alpha' } },
        { id: 'rest', from: gateway, url: 'http://shop.example.com/cart' },
        {
          id: 'batch',
          from: { ...frontend, serviceAccount: 'batch' },
          url: 'http://api/orders',
          method: 'POST',
        },
      ]
        .map(item => JSON.stringify(item))
        .join('\n'),
    )
    const { code, out } = await run([tutorial, services], { requests: file })
    expect(code).toBe(0)
    for (const line of [
      'others  GET http://myapp/  from default (app=frontend, service account frontend)',
      'Forwarded by VirtualService default/myapp, rule 2',
      ' 90%  myapp.default.svc.cluster.local:80 subset v1  (outbound|80|v1|myapp.default.svc.cluster.local)',
      ' 10%  myapp.default.svc.cluster.local:80 subset v2',
      'VirtualService default/myapp, rule 1, match 1: no, header user-type is "alpha", not "beta"',
      'VirtualService default/myapp, rule 2: yes, it takes the request',
      'rest  GET http://shop.example.com/cart  from the gateway in istio-system (istio=ingressgateway)',
      'VirtualService default/app-routing, rule 1, match 1: no, path "/cart" does not start with "/api"',
      'VirtualService default/app-routing, rule 2, match 1: no, path "/cart" does not start with "/service"',
      'Rejected with 403: an authorization policy denies it (denied)',
      'Denied by AuthorizationPolicy default/api-policy',
      'the caller is cluster.local/ns/default/sa/batch, not cluster.local/ns/default/sa/frontend',
    ])
      expect(out).toContain(line)
  })
})

describe('what cannot be read is one line with its place, and exit code 2', () => {
  const good = '{"url": "http://myapp/"}'
  test.each<[string, string, string]>([
    ['JSON', `${good}\n\n{"url": `, 'r.jsonl:3: the line is not JSON'],
    ['no URL', '{"id": "1"}', 'r.jsonl:1: The request has no "url"'],
    ['no map', '[]', 'r.jsonl:1: A request is a map'],
    ['a URL', '{"url": "myapp/x"}', 'r.jsonl:1: url: The URL "myapp/x" cannot be read'],
    ['a scheme', '{"url": "ftp://myapp/x"}', 'the scheme ftp is not one of'],
    ['a port', '{"url": "http://myapp:70000/x"}', 'the port 70000 is not between 1 and 65535'],
    ['tls', '{"url": "http://a/", "tls": "yes"}', 'r.jsonl:1: tls: "tls" is "yes", not one of none, simple'],
    ['a gateway', '{"url": "http://a/", "from": {"gateway": "default/app-gate"}}', 'There is no Gateway'],
    ['labels', '{"url": "http://a/", "from": {"labels": ["a"]}}', '"from.labels" is not a map of texts'],
    ['headers', '{"url": "http://a/", "headers": {"a": {}}}', 'headers.a: "a" is {}, not a text'],
  ])('%s', async (_name, line, message) => {
    const { code, errors } = await run([tutorial], { requests: write('r.jsonl', line) })
    expect(code).toBe(2)
    expect(errors).toContain(message)
    expect(errors).not.toContain('\n')
  })
  test.each<[string, readonly string[], Record<string, unknown>, string]>([
    ['no requests', [tutorial], {}, 'simulate needs --requests'],
    ['no paths', [], { requests: '-' }, 'no files are named'],
    ['standard input twice', ['-'], { requests: '-' }, 'not both'],
    ['a form', [tutorial], { requests: '-', output: 'yaml' }, '-o takes text or jsonl, not "yaml"'],
    ['a namespace', [tutorial], { requests: '-', namespace: 'A B' }, '--namespace takes'],
    ['a path', ['nowhere'], { requests: '-' }, 'nowhere: there is no such file or folder'],
  ])('%s', async (_name, paths, values, message) => {
    const { code, errors } = await run(paths, values)
    expect(code).toBe(2)
    expect(errors).toContain(message)
  })
  test('broken YAML', async () => {
    const file = write('broken/a.yaml', 'kind: Service\nspec: [\n')
    const { code, errors } = await run([join(folder, 'broken')], { requests: write('r.jsonl', good) })
    expect(code).toBe(2)
    expect(errors).toMatch(new RegExp(`^${file}:\\d+:\\d+: Not valid YAML: `))
  })
})

describe('files and folders', () => {
  const list = `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: api}, spec: {ports: [{port: 80, name: http}]}}
`
  const rule = (name: string, to: string): string =>
    `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: ${name}}\nspec: {hosts: [api], http: [{route: [{destination: {host: ${to}}}]}]}\n`
  test('lists, JSON, many documents, links and other texts', async () => {
    const files = join(folder, 'files')
    write('files/deep/list.yml', `# only a comment\n---\n${list}---\n`)
    write(
      'files/rule.json',
      JSON.stringify({
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualServiceList',
        items: [
          {
            metadata: { name: 'api' },
            spec: { hosts: ['api'], http: [{ directResponse: { status: 418 } }] },
          },
        ],
      }),
    )
    write('files/values.yaml', 'replicas: 2\n')
    write('files/shop.routes.yaml', 'no tests: [')
    write('files/.hidden/a.yaml', '[')
    write('files/node_modules/a.yaml', '[')
    write('files/notes.txt', '[')
    symlinkSync(files, join(files, 'loop'))
    const requests = write(
      'r.jsonl',
      '{"url": "http://api/"}\r\n{"url": "http://api/", "id": 5, "comment": "x"}\n',
    )
    const { code, out, errors } = await run([files], { requests, output: 'jsonl' })
    expect(code).toBe(0)
    expect(out.split('\n').map(line => JSON.parse(line) as DecisionRecord)).toMatchObject([
      { id: '1', outcome: 'direct-response', status: 418 },
      { id: 5 },
    ])
    expect(errors).toContain('r.jsonl:2: There is no field "comment", it is passed over')
  })
  test('of two objects of one name the later counts, and that is said', async () => {
    const files = join(folder, 'twice')
    write('twice/a.yaml', `${list}---\n${rule('api', 'one')}`)
    write('twice/b.yaml', rule('api', 'api'))
    const { out, errors } = await run([files], { requests: write('r.jsonl', '{"url": "http://api/"}') })
    expect(errors).toMatch(
      /VirtualService default\/api is in .*a\.yaml:6 and in .*b\.yaml:1: the later counts/,
    )
    expect(out).toContain('100%  api.default')
  })
  test('--namespace says where things are that name none', async () => {
    const file = write('shop/a.yaml', `${list}---\n${rule('api', 'api')}`)
    const { out } = await run([file], {
      requests: write('r.jsonl', '{"url": "http://api/"}'),
      output: 'jsonl',
      namespace: 'shop',
    })
    expect(JSON.parse(out)).toMatchObject({
      route: { namespace: 'shop' },
      destinations: [{ host: 'api.shop.svc.cluster.local' }],
    })
  })
  test('what Istio refuses is named with its place, in each decision too', async () => {
    const file = write(
      'refused/a.yaml',
      `${list}---\n${rule('api', 'api').replace('route:', 'rewrite: {uri: /}, redirect: {uri: /}, route:')}`,
    )
    const { code, out, errors } = await run([file], {
      requests: write('r.jsonl', '{"url": "http://api/"}'),
      output: 'jsonl',
    })
    expect(code).toBe(2)
    expect(errors).toMatch(/a\.yaml:9:\d+: VirtualService default\/api .*spec\.http\[0\]\.rewrite/)
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'forwarded',
      refused: [
        { kind: 'VirtualService', namespace: 'default', name: 'api', line: 9 },
        { path: 'spec.http[0].rewrite' },
      ],
    })
    expect((JSON.parse(out) as DecisionRecord).route).toBeUndefined()
  })
})

describe('no document and no item of a list is ignored in silence', () => {
  const good = '{"url": "http://api/"}'
  const service =
    'apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {ports: [{port: 80, name: http}]}\n'
  test.each<[string, string | Buffer, RegExp]>([
    [
      'a template',
      `${service}---\nkind: A\nmetadata: {name: {{ .Release.Name }}}\n`,
      /:7:18: .*\{\{ \.Release\.Name \}\}/,
    ],
    ['a template in a block', 'spec:\n  {{- if .Values.on }}\n  a: 1\n  {{- end }}\n', /:2:3: .*\{\{- if/],
    [
      'a quoted template',
      service.replace('name: api', 'name: "{{ .Values.name }}"'),
      /:3:12: .*metadata\.name/,
    ],
    ['a variable', service.replace('{name: api}', '\n  name: ${NAME}'), /:4:3: .*metadata\.name/],
    ['documents of JSON without a separator', '{"kind": "A"}\n{"kind": "B"}\n', /:2:1: /],
    ['a key that is a list', 'a:\n  ? [b]\n  : 1\n', /:2:5: /],
    ['a key that stands twice', `${service}spec: {}\n`, /:5:1: .*"spec"/],
    ['no name', 'apiVersion: v1\nkind: Service\nspec: {}\n', /:1:1: The Service has no metadata\.name/],
    ['no kind', 'apiVersion: v1\nmetadata: {name: a}\n', /:1:1: The object has no kind/],
    ['no apiVersion', '---\nkind: Service\nmetadata: {name: a}\n', /:2:1: The object has no apiVersion/],
    ['neither', 'metadata: {name: a}\nspec: {}\n', /no apiVersion\n.*no kind/],
    [
      'a number for a namespace',
      service.replace('name: api', 'name: api, namespace: 7'),
      /:3:23: metadata\.namespace/,
    ],
    [
      'a boolean for a name',
      service.replace('name: api', 'name: y'),
      /:3:12: metadata\.name is the boolean true/,
    ],
    [
      'a number for a label',
      service.replace('name: api', 'name: api, labels: {version: 1}'),
      /:3:32: metadata\.labels: version/,
    ],
    ['a list for metadata', 'apiVersion: v1\nkind: Service\nmetadata: [a]\n', /:3:1: metadata is a list/],
    [
      'nothing in a list',
      'apiVersion: v1\nkind: List\nitems:\n- null\n',
      /:4:\d+: items\[0\]: There is nothing/,
    ],
    ['text in a list', 'apiVersion: v1\nkind: List\nitems: [a]\n', /:3:9: items\[0\]: There is text/],
    ['a list without items', 'apiVersion: v1\nkind: List\n', /:1:1: The List has no list of items/],
    ['objects in a bare list', '- kind: Service\n', /:1:1: There is a list where an object belongs/],
    ['bare text', 'Not Found\n', /:1:1: There is text where an object belongs/],
    ['a version that is not served', service.replace('v1', 'v2'), /:1:1: Service default\/api .*apiVersion/],
    [
      'a port that is text',
      service.replace('port: 80', 'port: eighty'),
      /:4:8: Service default\/api .*spec\.ports/,
    ],
    ['bytes that are no text', Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe, 0xfd]), /UTF-8/],
    ['binary data', Buffer.from('a: 1\nb: \0\n'), /:2: /],
  ])('%s', async (name, content, message) => {
    const file = join(folder, `silent-${name.replaceAll(/\W/g, '-')}.yaml`)
    writeFileSync(file, content)
    const { code, out, errors } = await run([file], { requests: write('r.jsonl', good) })
    expect(errors).toMatch(message)
    expect(errors).toContain(file)
    expect(code).toBe(2)
    expect(out).toBe('')
  })

  test.each<[string, string, string]>([
    ['values of Helm', 'replicas: 2\n', 'Helm'],
    ['a kustomization', 'resources: [a.yaml]\n', 'kustomization'],
    [
      'a kustomization with a kind',
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
      'kustomization',
    ],
    ['a chart', 'apiVersion: v2\nname: shop\nversion: 1.0.0\n', 'chart'],
  ])('%s is named and passed over', async (_name, text, what) => {
    const file = write('foreign/a.yaml', `${service}---\n${text}`)
    const { code, errors } = await run([file], { requests: write('r.jsonl', good) })
    expect(code).toBe(0)
    expect(errors).toMatch(new RegExp(`a\\.yaml:6: .*${what}`))
  })

  test.each<[string, BufferEncoding, string]>([
    ['UTF-16 with a byte order mark', 'utf16le', '\ufeff'],
    ['UTF-16 without one', 'utf16le', ''],
    ['UTF-8 with one', 'utf8', '\ufeff'],
  ])('%s is read', async (_name, encoding, mark) => {
    const file = join(folder, 'encoded.yaml')
    writeFileSync(file, Buffer.from(mark + service, encoding))
    const { code, out, errors } = await run([file], { requests: write('r.jsonl', good), output: 'jsonl' })
    expect(errors).toBe('')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ destinations: [{ host: 'api.default.svc.cluster.local' }] })
  })
})

describe('Linkerd', () => {
  const linkerd = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {linkerd.io/inject: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web-http, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, port: 80}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: client-only, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web-http}
  requiredAuthenticationRefs: [{kind: ServiceAccount, name: client}]
`
  const ask = (serviceAccount: string) => ({
    from: { namespace: 'shop', labels: { app: 'client' }, serviceAccount },
    url: 'http://web/',
  })
  test('its proxies decide where a namespace has them', async () => {
    const requests = [ask('client'), ask('other')].map(item => JSON.stringify(item)).join('\n')
    const { out, errors } = await run([write('linkerd/a.yaml', linkerd)], {
      requests: write('linkerd.jsonl', requests),
      output: 'jsonl',
    })
    expect(errors).toBe('')
    const [allowed, denied] = out.split('\n').map(line => JSON.parse(line) as DecisionRecord)
    expect(allowed).toMatchObject({
      outcome: 'forwarded',
      destinations: [{ host: 'web.shop.svc.cluster.local', port: 80, weight: 100 }],
      arrivals: [{ isAccepted: true, tls: 'mutual' }],
    })
    expect(denied).toMatchObject({
      outcome: 'rejected',
      reason: 'denied',
      status: 403,
      deniedBy: { kind: 'Server', namespace: 'shop', name: 'web-http' },
    })
  })
  test('a refusal reads well', async () => {
    const { out } = await run([write('linkerd/a.yaml', linkerd)], {
      requests: write('linkerd.jsonl', JSON.stringify(ask('other'))),
    })
    expect(out).toContain('Rejected with 403: an authorization policy denies it (denied)')
    expect(out).toContain('Denied by Server shop/web-http')
    expect(out).toContain('no authorization admits the caller')
  })
})

test.each<[name: string, spec: string, line: number]>([
  ['a host', 'hosts: ["{{ .Values.host }}"]\n  http: [{route: [{destination: {host: api}}]}]', 5],
  [
    'the value of a header',
    "hosts: [api]\n  http: [{match: [{headers: {user: {exact: '{{ .Values.user }}'}}}], route: [{destination: {host: api}}]}]",
    6,
  ],
])('a template in quotes is no text: %s', async (_, spec, line) => {
  const file = write(
    'quoted/a.yaml',
    `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: shop}\nspec:\n  ${spec}\n`,
  )
  const { code, out, errors } = await run([file], { requests: write('q.jsonl', '{"url": "http://api/"}') })
  expect(code).toBe(2)
  expect(out).toBe('')
  expect(errors).toContain(`${file}:${String(line)}:`)
  expect(errors).toContain('{{ .Values.')
})

describe('what the checks find', () => {
  const manifests = `apiVersion: v1
kind: Service
metadata: {name: api, namespace: default}
spec: {selector: {app: api}, ports: [{name: http, port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec:
  hosts: [api]
  http:
    - route: [{destination: {host: api}}]
    - match: [{uri: {prefix: /never}}]
      route: [{destination: {host: apo}}]
`
  test('is on standard error, a line each with place and code, and changes neither output nor exit code', async () => {
    const file = write('findings/a.yaml', manifests)
    const { code, out, errors } = await run([file], {
      requests: write('findings.jsonl', '{"url": "http://api/"}'),
      output: 'jsonl',
    })
    expect(code).toBe(0)
    expect(out.split('\n').map(line => (JSON.parse(line) as DecisionRecord).outcome)).toEqual(['forwarded'])
    expect(errors.split('\n').map(line => line.split(': ').slice(1, 4))).toEqual([
      [`${file}:14:30`, 'error IST0101', 'VirtualService default/shop'],
      [`${file}:13:5`, 'warning IST0130', 'VirtualService default/shop'],
    ])
  })
  test('is silent where nothing is wrong', async () => {
    const { errors } = await run([tutorial, services], {
      requests: write('findings.jsonl', '{"url": "http://api/"}'),
      output: 'jsonl',
    })
    expect(errors).not.toMatch(/: (?:error|warning) [A-Z]+\d+: /)
  })
})
