import { describe, expect, test } from 'vitest'
import { parseManifest } from '../yaml/manifest.ts'
import { isDeepEqual } from '../yaml/deep-equal.ts'
import { applyTextEdits } from '../yaml/text-edit.ts'
import { valueAt } from '../yaml/path.ts'
import { applyEdit, applyEditToValue } from './apply-edit.ts'
import type { Edit } from './edit.ts'

/** The tutorial's own manifest, character for character. */
const canary = `# VirtualService for routing
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata:
  name: myapp
spec:
  hosts:
  - myapp
  http:
  # Route to v2 for beta users
  - match:
    - headers:
        user-type:
          exact: beta
    route:
    - destination:
        host: myapp
        subset: v2
  # 90% to v1, 10% to v2 (canary)
  - route:
    - destination:
        host: myapp
        subset: v1
      weight: 90
    - destination:
        host: myapp
        subset: v2
      weight: 10
---
# DestinationRule for subsets
apiVersion: networking.istio.io/v1beta1
kind: DestinationRule
metadata:
  name: myapp
spec:
  host: myapp
  subsets:
  - name: v1
    labels:
      version: v1
  - name: v2
    labels:
      version: v2
`

const retry = `apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata:
  name: api
spec:
  hosts:
  - api
  http:
  - route:
    - destination:
        host: api
    timeout: 10s
    retries:
      attempts: 3
      perTryTimeout: 2s
      retryOn: 5xx,reset,connect-failure
`

const appRouting = `# Angular Frontend
apiVersion: apps/v1
kind: Deployment
metadata:
  name: frontend
spec:
  template:
    metadata:
      labels:
        app: frontend
        version: v1
    spec:
      containers:
      - name: frontend
        image: frontend:v1
---
# .NET API
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  template:
    metadata:
      labels:
        app: api
        version: v1
    spec:
      containers:
      - name: api
        image: api:v1
---
# Node.js Service
apiVersion: apps/v1
kind: Deployment
metadata:
  name: service
spec:
  template:
    metadata:
      labels:
        app: service
        version: v1
    spec:
      containers:
      - name: service
        image: service:v1
---
# VirtualService for all
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata:
  name: app-routing
spec:
  hosts:
  - "*"
  gateways:
  - app-gateway
  http:
  - match:
    - uri:
        prefix: /api
    route:
    - destination:
        host: api
  - match:
    - uri:
        prefix: /service
    route:
    - destination:
        host: service
  - route:
    - destination:
        host: frontend
`

const circuitBreaking = `apiVersion: networking.istio.io/v1beta1
kind: DestinationRule
metadata:
  name: api
spec:
  host: api
  trafficPolicy:
    connectionPool:
      tcp:
        maxConnections: 100
      http:
        http1MaxPendingRequests: 50
        http2MaxRequests: 100
        maxRequestsPerConnection: 2
    outlierDetection:
      consecutiveErrors: 5
      interval: 30s
      baseEjectionTime: 30s
      maxEjectionPercent: 50
`

const crlf = canary.replaceAll('\n', '\r\n')

const indentedLists = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
    name: reviews   # three spaces before this
spec:
    hosts:
        - reviews

    # every route in its own block

    http:
        # first
        - name: "beta"
          match:
              - headers:
                    cookie: {regex: '^(.*?;)?(user=jason)(;.*)?$'}
          route:
              - destination: {host: reviews, subset: v2}
                weight: 100 # all of it

        # second
        - route:
              - destination:
                    host: reviews
                    subset: 'v1'
                weight: 75
              - destination:
                    host: reviews
                    subset: 'v3'
                weight: 25
              # a comment that belongs to nobody
          timeout: 3s
    exportTo: ["."]
`

const flow = `{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: f}, spec: {hosts: [f], http: [{route: [{destination: {host: f, subset: a}, weight: 60}, {destination: {host: f, subset: b}, weight: 40}]}, {match: [{uri: {prefix: /x}}], route: [{destination: {host: f}}]}]}}`

const json = `{
  "apiVersion": "networking.istio.io/v1",
  "kind": "VirtualService",
  "metadata": {
    "name": "json"
  },
  "spec": {
    "hosts": [
      "json"
    ],
    "http": [
      {
        "route": [
          {
            "destination": {
              "host": "json",
              "subset": "v1"
            },
            "weight": 10
          },
          {
            "destination": {
              "host": "json",
              "subset": "v2"
            },
            "weight": 90
          }
        ]
      }
    ]
  }
}
`

const anchors = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: &meta
  name: anchored
  labels: &labels {app: a, "tier": 'web'}
spec:
  hosts: [anchored]
  http:
  - match:
    - uri: &prefix
        prefix: "/a b"
    - uri: {exact: '/it''s'}
      method: {exact: GET}
    route:
    - destination: &to
        host: anchored
      weight: &most 80
    - destination:
        host: other
        port: {number: 8080}
      weight: 20
    fault:
      delay: {percentage: {value: 0.1}, fixedDelay: 5s}
  - route:
    - destination: {host: anchored}
`

const noFinalNewline = `kind: VirtualService
apiVersion: networking.istio.io/v1beta1
spec:
  http:
  - route:
    - destination:
        host: a
      weight: 50
    - weight: 50
      destination:
        host: b
    retries: {attempts: 3}
  hosts:
  - a
metadata:
  name: odd-order`

const folded = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: folded
  annotations:
    note: >-
      a text that is folded
      over two lines
    script: |
      # not a comment
      - not a list
spec:
  hosts:
  - folded
  http:
  -   route:
      -   destination:
              host: folded
          weight: 0o144
`

const empty = `# nothing in it yet
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: empty
spec:
  hosts:
  - empty
  http:
`

const emptyList = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: empty-list}
spec: {hosts: [a], http: []}
`

const documents = `---
# one
apiVersion: v1
kind: Service
metadata: {name: api}
...
---
# two
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: api
spec:
  hosts: [api]
  http:
  - match:
    - headers:
        end-user: {exact: jason}
        x-tenant: {prefix: "acme-"}
    - queryParams: {debug: {exact: "true"}}
    route:
    - destination: {host: api, subset: v2}
  - route:
    - destination: {host: api, subset: v1}
---
# three, untouched
kind: ConfigMap
data: {a: "b"}
`

const merged = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: merged
x-defaults: &defaults
  timeout: 5s
  retries: {attempts: 2}
spec:
  hosts: [merged]
  http:
  - <<: *defaults
    route:
    - destination: {host: merged}
  - route:
    - destination: {host: merged, subset: v1}
      weight: 33
    - destination: {host: merged, subset: v2}
      weight: 33
    - destination: {host: merged, subset: v3}
      weight: 34
    <<: *defaults
`

const commented = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: commented
spec:
  hosts:
    - commented # the host
  http: # the rules
    # one
    # and its second line
    - match: # for bots
        - uri:
            regex: /bots?/.*
        # or by header
        - headers:
            user-agent:
              regex: .*bot.*
      # where to
      route:
        - destination:
            host: commented
            # the stable one
            subset: stable
          weight: 95 # most
        # the new one
        - destination:
            host: commented
            subset: canary
          weight: 5
      # not too long
      timeout: 10s # really
      mirror:
        host: shadow

    # two
    - name: rest
      route:
        - destination:
            host: commented
`

const samples: readonly (readonly [name: string, text: string, document: number])[] = [
  ['canary', canary, 0],
  ['retry', retry, 0],
  ['app-routing', appRouting, 3],
  ['CRLF', crlf, 0],
  ['indented lists', indentedLists, 0],
  ['flow', flow, 0],
  ['json', json, 0],
  ['anchors', anchors, 0],
  ['no final newline', noFinalNewline, 0],
  ['folded', folded, 0],
  ['empty', empty, 0],
  ['empty list', emptyList, 0],
  ['several documents', documents, 1],
  ['merge keys', merged, 0],
  ['comments', commented, 0],
  ['comments, CRLF', commented.replaceAll('\n', '\r\n'), 0],
  ['byte order mark', `\ufeff${canary}`, 0],
]

/** A small seeded generator (mulberry32), so that a failure can be repeated. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const texts = [
  '/api',
  'beta',
  '^/v[0-9]+/.*$',
  'true',
  '12',
  'a: b',
  "it's",
  '',
  'x # y',
  'on',
  '*',
  'é',
  '- a',
  'a,b',
]

function anyEdit(value: unknown, next: (below: number) => number): Edit {
  const rules = (valueAt(value, ['spec', 'http']) ?? []) as readonly Record<string, unknown>[]
  const rule = next(Math.max(1, rules.length))
  const route = (rules[rule]?.['route'] ?? []) as readonly unknown[]
  const matches = (rules[rule]?.['match'] ?? []) as readonly unknown[]
  const text = { how: (['exact', 'prefix', 'regex'] as const)[next(3)]!, value: texts[next(texts.length)]! }
  const condition = (
    [
      { field: 'uri', text },
      { field: 'headers', name: ['user-type', 'end-user', 'x-1'][next(3)]!, text },
      { field: 'method', text },
      { field: 'port', value: next(9000) },
      { field: 'sourceLabels', name: 'app', value: text.value },
    ] as const
  )[next(5)]!
  const destination = { host: 'new', subset: 'v9', ...(next(2) === 0 ? { port: 80 } : {}) }
  const edits: readonly Edit[] = [
    { kind: 'setMatch', rule, match: next(matches.length + 1), condition },
    { kind: 'removeMatch', rule, match: next(Math.max(1, matches.length)), condition },
    { kind: 'addRule', index: next(rules.length + 1), destination, condition },
    { kind: 'addRule', index: next(rules.length + 1), destination, name: 'new' },
    { kind: 'removeRule', rule },
    ...(rules.length > 0 ? [{ kind: 'moveRule', from: rule, to: next(rules.length) } as const] : []),
    { kind: 'setWeights', rule, weights: route.map(() => next(101)) },
    { kind: 'setTimeout', rule, timeout: next(3) === 0 ? undefined : `${String(next(60))}s` },
    {
      kind: 'setRetries',
      rule,
      retries: next(3) === 0 ? undefined : { attempts: next(9), retryOn: '5xx,reset' },
    },
    {
      kind: 'setFault',
      rule,
      fault: next(3) === 0 ? {} : { abort: { percentage: next(100), httpStatus: 503 } },
    },
    {
      kind: 'setMirror',
      rule,
      mirror: next(2) === 0 ? undefined : { host: 'm', percentage: next(2) * 50 + 50 },
    },
    { kind: 'setRuleName', rule, name: next(3) === 0 ? undefined : 'named' },
    { kind: 'addDestination', rule, destination },
    ...(route.length > 0
      ? [
          { kind: 'removeDestination', rule, index: next(route.length) } as const,
          { kind: 'setDestination', rule, index: next(route.length), destination } as const,
        ]
      : []),
    { kind: 'setHosts', hosts: ['a', 'b.c'].slice(next(2)) },
    { kind: 'setGateways', gateways: ['mesh', 'ns/gw'].slice(next(3)) },
    { kind: 'addSubset', name: 'v9', labels: { version: 'v9' } },
  ]
  return edits[next(edits.length)]!
}

const isRefusal = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'problem' in error

/** Comments that stand on lines of their own, in order. */
const commentsOf = (text: string): readonly string[] => text.match(/^ *# .*$/gm) ?? []

describe.each(samples)('%s', (name, text, document) => {
  const before = parseManifest(text)

  test('is readable', () => expect(before.problems).toEqual([]))

  test('an edit of the text says what the edit of the object says', () => {
    let refused = 0
    for (let seed = 1; seed <= 50; seed++) {
      const next = generator(seed)
      let current = text
      for (let round = 0; round < 3; round++) {
        const value = parseManifest(current).documents[document]?.value
        const edit = anyEdit(value, next)
        let edited: string
        try {
          edited = applyTextEdits(current, applyEdit(current, document, edit))
        } catch (error) {
          if (!isRefusal(error)) throw error
          const rules = valueAt(value, ['spec', 'http'])
          if (Array.isArray(rules) && rules.length > 0) refused++
          continue
        }
        const after = parseManifest(edited)
        const where = `seed ${String(seed)}: ${JSON.stringify(edit)}\n${current}\n-->\n${edited}`
        expect(after.problems, where).toEqual([])
        expect(isDeepEqual(after.documents[document]?.value, applyEditToValue(value, edit)), where).toBe(true)
        for (const other of before.documents)
          if (other.index !== document)
            expect(edited, where).toContain(text.slice(other.start, other.end).trim())
        if (text.includes('\r\n')) expect(edited.replaceAll('\r\n', ''), where).not.toContain('\n')
        current = edited
      }
    }
    // Refusing is for what an anchor or merge key says, never the easy way out.
    expect(refused).toBeLessThan(name === 'merge keys' || name === 'anchors' ? 50 : 1)
  })

  test('adding and taking away gives the same bytes, moving there and back too', () => {
    const value = before.documents[document]?.value
    const rules = (valueAt(value, ['spec', 'http']) ?? []) as readonly unknown[]
    if (rules.length === 0) return
    for (let index = 0; index <= rules.length; index++) {
      const added = applyTextEdits(
        text,
        applyEdit(text, document, { kind: 'addRule', index, destination: { host: 'new' } }),
      )
      expect(commentsOf(added)).toEqual(commentsOf(text))
      const edits = applyEdit(added, document, { kind: 'removeRule', rule: index })
      expect(applyTextEdits(added, edits)).toBe(text)
    }
    for (let from = 0; from < rules.length; from++)
      for (let to = 0; to < rules.length; to++) {
        const moved = applyTextEdits(text, applyEdit(text, document, { kind: 'moveRule', from, to }))
        expect(commentsOf(moved).toSorted()).toEqual(commentsOf(text).toSorted())
        const back = applyTextEdits(
          moved,
          applyEdit(moved, document, { kind: 'moveRule', from: to, to: from }),
        )
        expect(back).toBe(text)
      }
  })

  test('weights there and back touch only the digits', () => {
    const value = before.documents[document]?.value
    const rules = (valueAt(value, ['spec', 'http']) ?? []) as readonly Record<string, unknown>[]
    for (const [rule, { route }] of rules.entries()) {
      const weights = (route as readonly Record<string, number>[]).map(({ weight }) => weight)
      if (weights.length < 2) continue
      const shifted = weights.map((_, index) => (index === 0 ? 45 : 55 / (weights.length - 1)))
      const edits = applyEdit(text, document, { kind: 'setWeights', rule, weights: shifted })
      for (const edit of edits) expect(text.slice(edit.offset, edit.offset + edit.length)).toMatch(/^\d*$/)
      const edited = applyTextEdits(text, edits)
      const back = applyEdit(edited, document, { kind: 'setWeights', rule, weights: weights.map(Number) })
      expect(applyTextEdits(edited, back)).toBe(text)
    }
  })
})

describe('in words', () => {
  const apply = (text: string, ...edits: readonly Edit[]): string =>
    edits.reduce((current, edit) => applyTextEdits(current, applyEdit(current, 0, edit)), text)

  test('90/10 to 70/30 changes two numbers', () => {
    const edit: Edit = { kind: 'setWeights', rule: 1, weights: [70, 30] }
    expect(apply(canary, edit)).toBe(
      canary.replace('weight: 90', 'weight: 70').replace('weight: 10', 'weight: 30'),
    )
    expect(applyEdit(canary, 0, edit)).toHaveLength(2)
  })

  test('a match is changed in place', () => {
    const condition = {
      field: 'headers',
      name: 'user-type',
      text: { how: 'prefix', value: 'alpha' },
    } as const
    expect(apply(canary, { kind: 'setMatch', rule: 0, match: 0, condition })).toBe(
      canary.replace('exact: beta', 'prefix: alpha'),
    )
    const replaces = { ...condition, text: { how: 'exact', value: 'beta' } } as const
    const renamed = { ...replaces, name: 'x-user' } as const
    expect(apply(canary, { kind: 'setMatch', rule: 0, match: 0, condition: renamed, replaces })).toBe(
      canary.replace('user-type:', 'x-user:'),
    )
  })

  test('a match for a rule without one goes before its route', () => {
    const condition = { field: 'uri', text: { how: 'prefix', value: '/a' } } as const
    expect(apply(canary, { kind: 'setMatch', rule: 1, match: 0, condition })).toBe(
      canary.replace(
        '  - route:\n    - destination:\n        host: myapp\n        subset: v1',
        '  - match:\n    - uri:\n        prefix: /a\n    route:\n    - destination:\n        host: myapp\n        subset: v1',
      ),
    )
    expect(
      apply(
        canary,
        { kind: 'setMatch', rule: 1, match: 0, condition },
        { kind: 'removeMatch', rule: 1, match: 0, condition },
      ),
    ).toBe(canary)
  })

  test('a moved rule takes its comment along', () => {
    const moved = apply(canary, { kind: 'moveRule', from: 1, to: 0 })
    expect(moved.indexOf('# 90% to v1')).toBeLessThan(moved.indexOf('# Route to v2'))
  })

  test('timeout, retries and fault where they belong', () => {
    const edited = apply(
      canary,
      { kind: 'setTimeout', rule: 1, timeout: '5s' },
      { kind: 'setFault', rule: 1, fault: { delay: { percentage: 50, fixedDelay: '2s' } } },
    )
    expect(edited).toContain(
      '  - fault:\n      delay:\n        percentage:\n          value: 50\n        fixedDelay: 2s\n    route:',
    )
    expect(edited).toContain('      weight: 10\n    timeout: 5s\n---')
  })

  test('subsets and traffic policy', () => {
    const edited = apply(
      circuitBreaking,
      { kind: 'addSubset', name: 'v1', labels: { version: '1' } },
      { kind: 'setTrafficPolicy', path: ['connectionPool', 'tcp', 'maxConnections'], value: 5 },
      { kind: 'setTrafficPolicy', subset: 0, path: ['loadBalancer', 'simple'], value: 'ROUND_ROBIN' },
    )
    expect(edited).toBe(
      `${circuitBreaking.replace('maxConnections: 100', 'maxConnections: 5').trimEnd()}
  subsets:
  - name: v1
    labels:
      version: "1"
    trafficPolicy:
      loadBalancer:
        simple: ROUND_ROBIN
`,
    )
    const gone = apply(
      edited,
      { kind: 'setTrafficPolicy', subset: 0, path: ['loadBalancer', 'simple'], value: undefined },
      { kind: 'removeSubset', index: 0 },
      { kind: 'setTrafficPolicy', path: ['connectionPool', 'tcp', 'maxConnections'], value: 100 },
    )
    expect(gone).toBe(circuitBreaking)
  })

  test('a text that is broken is refused as a problem', () => {
    expect(() => applyEdit('a: [', 0, { kind: 'setPath', path: ['a'], value: 1 })).toThrow(/YAML/)
  })
})
