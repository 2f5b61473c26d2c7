import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { applyTextEdits } from '../yaml/text-edit.ts'
import { applyEdit } from './apply-edit.ts'
import type { Edit } from './edit.ts'

const read = (name: string): string => readFileSync(`test/fixtures/edits/${name}.yaml`, 'utf8')

/** One gesture on each kind: the lines that go and come, all others as they were. */
test.each<[what: string, file: string, edit: Edit, before: string, after: string]>([
  [
    'the weights of an HTTPRoute',
    'httproute',
    { kind: 'setWeights', list: 'rules', rule: 0, weights: [75, 25] },
    'weight: 90\n    - name: cart-v2 # the new one\n      port: 8080\n      weight: 10',
    'weight: 75\n    - name: cart-v2 # the new one\n      port: 8080\n      weight: 25',
  ],
  [
    'a missing weight of a backend is 1 and stays unwritten',
    'httproute',
    { kind: 'setWeights', list: 'rules', rule: 1, weights: [1] },
    '',
    '',
  ],
  [
    'a filter of an HTTPRoute',
    'httproute',
    { kind: 'insertItem', path: ['spec', 'rules', 1, 'filters'], index: 0, value: { type: 'CORS' } },
    '  - backendRefs: [{name: store, port: 80}]',
    '  - filters:\n    - type: CORS\n    backendRefs: [{name: store, port: 80}]',
  ],
  [
    'a timeout of an HTTPRoute',
    'httproute',
    { kind: 'removePath', path: ['spec', 'rules', 0, 'timeouts', 'request'], prune: 1 },
    '      request: 10s\n',
    '',
  ],
  [
    'the order of a GRPCRoute',
    'grpcroute',
    { kind: 'moveItem', path: ['spec', 'rules', 0, 'matches'], from: 1, to: 0 },
    `        - method: {service: com.example.User, method: Login}
        - method:
            type: RegularExpression
            service: 'com\\.example\\..*'
`,
    `        - method:
            type: RegularExpression
            service: 'com\\.example\\..*'
        - method: {service: com.example.User, method: Login}
`,
  ],
  [
    'SNI hosts of a TLS rule',
    'tls-tcp',
    {
      kind: 'insertItem',
      path: ['spec', 'tls', 0, 'match', 0, 'sniHosts'],
      index: 0,
      value: '*.db.example.com',
    },
    '      - one.db.example.com\n',
    '      - "*.db.example.com"\n      - one.db.example.com\n',
  ],
  [
    'weights of a TLS rule',
    'tls-tcp',
    { kind: 'setWeights', list: 'tls', rule: 0, weights: [100, 0] },
    'weight: 60\n    - destination: {host: two, port: {number: 5432}}\n      weight: 40',
    'weight: 100\n    - destination: {host: two, port: {number: 5432}}\n      weight: 0',
  ],
  [
    'subnets of a TCP rule',
    'tls-tcp',
    { kind: 'removeItem', path: ['spec', 'tcp', 0, 'match', 0, 'destinationSubnets'], index: 0 },
    '[10.0.0.0/8, "192.168.0.0/16"]',
    '["192.168.0.0/16"]',
  ],
  [
    'a listener of a Gateway',
    'gateway-api',
    { kind: 'setPath', path: ['spec', 'listeners', 0, 'hostname'], value: '*.example.com' },
    '  - name: http\n    port: 80\n',
    '  - name: http\n    hostname: "*.example.com"\n    port: 80\n',
  ],
  [
    'TLS of an Istio Gateway',
    'istio-gateway',
    { kind: 'setPath', path: ['spec', 'servers', 1, 'tls', 'credentialName'], value: 'dev-cert' },
    'credentialName: app-cert',
    'credentialName: dev-cert',
  ],
  [
    'an endpoint of a ServiceEntry',
    'service-entry',
    { kind: 'setPath', path: ['spec', 'endpoints', 0, 'ports', 'https'], value: 443 },
    'https: 8443',
    'https: 443',
  ],
  [
    'a port of a DestinationRule',
    'destination-rule-all',
    {
      kind: 'setPath',
      path: ['spec', 'trafficPolicy', 'portLevelSettings', 1, 'loadBalancer', 'simple'],
      value: 'RANDOM',
    },
    '            - port: { number: 9080 }\n              tls: { mode: DISABLE }\n',
    '            - port: { number: 9080 }\n              loadBalancer:\n                  simple: RANDOM\n              tls: { mode: DISABLE }\n',
  ],
  [
    'a header operation of a route',
    'all-http-fields',
    { kind: 'renameKey', path: ['spec', 'http', 3, 'headers', 'request', 'add', 'x-hop'], name: 'x-via' },
    'x-hop: mesh',
    'x-via: mesh',
  ],
  [
    'a Linkerd Server',
    'linkerd-server',
    { kind: 'setPath', path: ['spec', 'podSelector', 'matchLabels', 'app'], value: 'voting' },
    'app: web-svc',
    'app: voting',
  ],
  [
    'a ServiceProfile',
    'service-profile',
    { kind: 'removePath', path: ['spec', 'routes', 0, 'isRetryable'] },
    '    isRetryable: true\n',
    '',
  ],
])('%s', (_, file, edit, before, after) => {
  const text = read(file)
  expect(text).toContain(before)
  expect(applyTextEdits(text, applyEdit(text, 0, edit))).toBe(text.replace(before, () => after))
})

test.each<[Edit, RegExp]>([
  [{ kind: 'renameKey', path: ['spec', 'nothing'], name: 'a' }, /no key spec.nothing/],
  [{ kind: 'renameKey', path: ['spec', 'rules'], name: 'hostnames' }, /a key "hostnames" already/],
  [{ kind: 'moveItem', path: ['spec', 'rules'], from: 0, to: 9 }, /no list item to move/],
  [{ kind: 'insertItem', path: ['spec', 'rules'], index: 9, value: {} }, /no place 9/],
  [{ kind: 'insertItem', path: ['metadata'], index: 0, value: {} }, /no place 0/],
])('%j is refused', (edit, message) => {
  expect(() => applyEdit(read('httproute'), 0, edit)).toThrow(message)
})

/** What random edits found. */
test.each<[what: string, text: string, edit: Edit, after: string]>([
  [
    'a value for a key that only a comment follows',
    'a: # later\n',
    { kind: 'setPath', path: ['a'], value: '>' },
    'a: ">" # later\n',
  ],
  [
    'the comment above the first key is about the document',
    '# all of it\napiVersion: v1\nkind: Service\n',
    { kind: 'removePath', path: ['apiVersion'] },
    '# all of it\nkind: Service\n',
  ],
  [
    'a key that reads as null is not the key "null"',
    'null: n\n"null": q\n',
    { kind: 'renameKey', path: ['null'], name: 'b' },
    'null: n\n"b": q\n',
  ],
  [
    'a key named like what every object inherits',
    'constructor: a\nb: c\n',
    { kind: 'setPath', path: [], value: { b: 'c' } },
    'b: c\n',
  ],
  [
    'a key named __proto__',
    'a: {b: c}\n',
    { kind: 'setPath', path: ['a'], value: JSON.parse('{"b": "c", "__proto__": "x"}') as unknown },
    'a: {b: c, __proto__: x}\n',
  ],
])('found: %s', (_, text, edit, after) => {
  expect(applyTextEdits(text, applyEdit(text, 0, edit))).toBe(after)
})
