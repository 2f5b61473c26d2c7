import { describe, expect, test } from 'vitest'
import { ingress, parse, services, summarize } from '../../../test/fixtures/routing.ts'
import { buildMesh, type Mesh } from '../istio/mesh.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { RoutingRequest } from '../routing/request.ts'
import { decide } from '../routing/route/resolve.ts'
import { request } from '../../../test/fixtures/routing.ts'
import type { Answers, WizardPlan } from './wizard.ts'
import { wizards } from './wizards.ts'

const deployment = (name: string, version: string): string => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}-${version}, namespace: default}
spec:
  template:
    metadata: {labels: {app: ${name}, version: ${version}}}
    spec: {containers: [{name: ${name}, image: "${name}:1"}]}
`
const workloads = ['v1', 'v2', 'v10'].map(version => deployment('myapp', version)).join('')

const written = `# by hand
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: mine, namespace: default}
spec:
  hosts: [myapp] # only in the mesh
  http:
  # probes
  - match: [{uri: {exact: /healthz}}]
    route: [{destination: {host: myapp, subset: one}}]
  - route:
    - destination: {host: "myapp", subset: one} # stable
`
const rule = `---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: versions, namespace: default}
spec:
  host: myapp
  subsets:
  - {name: one, labels: {version: v1}}
`
const gateway = `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: app-gateway, namespace: default}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: ["*.shop.test"]
`

function planOf(id: string, answers: Answers, text: string, own?: string): WizardPlan {
  const wizard = wizards.find(one => one.id === id)
  const objects = parse(text)
  const plan = wizard?.plan(answers, {
    objects,
    textOf: ({ kind }) => (kind === 'VirtualService' ? own : undefined),
  })
  if (plan === undefined || !('texts' in plan)) throw new Error(JSON.stringify(plan))
  return plan
}

/** The mesh after a plan: each text in the place of its object. */
function applied(text: string, plan: WizardPlan): Mesh {
  const next = plan.texts.flatMap(({ text: one }) => parse(one))
  const nameOf = ({ kind, metadata }: KubernetesObject): string => `${kind}/${metadata.name}`
  const names = new Set(next.map(nameOf))
  return buildMesh([...parse(text).filter(object => !names.has(nameOf(object))), ...next])
}

const world = services + workloads
const myapp = { service: 'default/myapp' }
const outside: Partial<RoutingRequest> = { from: ingress, host: 'a.shop.test' }

describe.each([
  ['from nothing', world, undefined],
  ['with a VirtualService by hand', world + '---\n' + written + rule, written],
])('%s', (_, text, own) => {
  const isNew = own === undefined
  const one = isNew ? 'v1' : 'one'
  const plan = (id: string, answers: Answers): Mesh => applied(text, planOf(id, answers, text, own))

  test('canary by weight', () => {
    const answers = { ...myapp, stable: 'v1', canary: 'v2', share: 25 }
    expect(summarize(plan('canary-by-weight', answers), {})).toBe(
      `outbound|80|${one}|myapp 75, outbound|80|v2|myapp 25`,
    )
  })

  test('canary by header', () => {
    const answers = { ...myapp, stable: 'v1', canary: 'v10', header: 'User-Type', value: 'beta' }
    const mesh = plan('canary-by-header', answers)
    expect(summarize(mesh, { headers: { 'user-type': 'beta' } })).toBe('outbound|80|v10|myapp 100')
    expect(summarize(mesh, { headers: { 'user-type': 'gamma' } })).toBe(`outbound|80|${one}|myapp 100`)
    expect(summarize(mesh, {})).toBe(`outbound|80|${one}|myapp 100`)
  })

  test.each([
    [{ way: 'header', name: 'X-Variant', value: 'b' }, { 'x-variant': 'b' }, { 'x-variant': 'bb' }],
    [
      { way: 'cookie', name: 'group', value: 'b.1' },
      { cookie: 'a=1; group=b.1; c=2' },
      { cookie: 'group=bx1' },
    ],
    [{ way: 'cookie', name: 'group', value: 'b' }, { cookie: 'group=b' }, { cookie: 'mygroup=b' }],
    [
      { way: 'group', name: 'x-user-group', value: 'beta, staff' },
      { 'x-user-group': 'staff' },
      { 'x-user-group': 'staffing' },
    ],
  ])('A/B by %j', (answers, inside, others) => {
    const mesh = plan('split-users', { ...myapp, versionA: 'v1', versionB: 'v2', ...answers })
    expect(summarize(mesh, { headers: inside })).toBe('outbound|80|v2|myapp 100')
    expect(summarize(mesh, { headers: others })).toBe(`outbound|80|${one}|myapp 100`)
  })

  test('mirror', () => {
    const mesh = plan('mirror-requests', { ...myapp, version: 'v2', share: 30 })
    for (const path of ['/', '/healthz'])
      expect(decide(mesh, request({ path })).mirrors).toMatchObject([{ subset: 'v2', percentage: 30 }])
  })

  test('a delay for all, an abort for some', () => {
    const slow = plan('inject-fault', { ...myapp, fault: 'delay', delay: '3s', share: 20 })
    expect(decide(slow, request()).fault).toEqual({ delay: { percentage: 20, fixedDelay: '3s' } })
    const broken = plan('inject-fault', {
      ...myapp,
      fault: 'abort',
      status: 418,
      share: 100,
      header: 'x-test',
    })
    expect(decide(broken, request()).fault).toBeUndefined()
    expect(summarize(broken, { headers: { 'x-test': 'true' } })).toBe('418')
  })

  test('timeouts and retries', () => {
    const answers = { ...myapp, timeout: '4s', attempts: 2, perTryTimeout: '1s', retryOn: 'reset' }
    for (const path of ['/', '/healthz'])
      expect(decide(plan('timeouts-and-retries', answers), request({ path }))).toMatchObject({
        timeout: '4s',
        retries: { attempts: 2, perTryTimeout: '1s', retryOn: 'reset' },
      })
  })

  test('circuit breaker', () => {
    const mesh = plan('circuit-breaker', { ...myapp, errors: 7, maxConnections: 9 })
    expect(mesh.destinationRules).toHaveLength(1)
    expect(mesh.destinationRules[0]?.trafficPolicy).toMatchObject({
      connectionPool: { tcp: { maxConnections: 9 }, http: { http1MaxPendingRequests: 50 } },
      outlierDetection: { consecutive5xxErrors: 7, baseEjectionTime: '30s', maxEjectionPercent: 50 },
    })
  })

  test.each([
    ['canary-by-weight', {}],
    ['canary-by-header', {}],
    ['split-users', {}],
    ['mirror-requests', {}],
    ['inject-fault', {}],
    ['timeouts-and-retries', {}],
  ])('%s edits the object that is there, never makes a second one', (id, answers) => {
    const { texts } = planOf(id, { ...myapp, ...answers }, text, own)
    const routes = texts.filter(({ object }) => object.kind === 'VirtualService')
    expect(routes).toHaveLength(1)
    expect(routes[0]?.before).toBe(own)
    if (isNew) return
    for (const comment of ['# by hand', '# only in the mesh', '# probes'])
      expect(routes[0]?.text).toContain(comment)
  })
})

test('a canary changes only what it must in a text by hand', () => {
  const { texts } = planOf(
    'canary-by-weight',
    { ...myapp, stable: 'v1', canary: 'v2' },
    `${world}---\n${written}${rule}`,
    written,
  )
  expect(texts.find(({ object }) => object.kind === 'VirtualService')?.text).toBe(
    written.replace(
      `    - destination: {host: "myapp", subset: one} # stable\n`,
      `    - destination: {host: "myapp", subset: one} # stable\n      weight: 90\n    - destination:\n        host: myapp\n        subset: v2\n      weight: 10\n`,
    ),
  )
})

describe('gateways', () => {
  test('expose a Service through a new gateway, plainly and with a certificate', () => {
    const answers = { ...myapp, host: 'a.shop.test', gateway: 'new' }
    expect(summarize(applied(world, planOf('expose-service', answers, world)), outside)).toBe(
      'outbound|80||myapp 100',
    )
    const secured = planOf('expose-service', { ...answers, secret: 'cert' }, world)
    const over = { ...outside, scheme: 'https', port: 443, tls: 'simple', sni: 'a.shop.test' } as const
    expect(summarize(applied(world, secured), over)).toBe('outbound|80||myapp 100')
  })

  test('through one that is there, with a host that it knows or not', () => {
    const text = world + gateway
    const answers = { ...myapp, gateway: 'default/app-gateway' }
    const known = planOf('expose-service', { ...answers, host: 'a.shop.test' }, text)
    expect(known.texts.map(({ object }) => object.kind)).toEqual(['VirtualService'])
    const other = planOf('expose-service', { ...answers, host: 'b.example.com' }, text)
    expect(other.texts.map(({ object }) => object.kind)).toEqual(['Gateway', 'VirtualService'])
    expect(summarize(applied(text, other), { from: ingress, host: 'b.example.com' })).toBe(
      'outbound|80||myapp 100',
    )
  })

  test('exposing again moves the host, with no second VirtualService', () => {
    const text = world + gateway
    const answers = { gateway: 'default/app-gateway', host: 'a.shop.test' }
    const first = planOf('expose-service', { ...answers, ...myapp }, text)
    const both = text + '---\n' + (first.texts[0]?.text ?? '')
    const second = planOf('expose-service', { ...answers, service: 'default/api' }, both)
    expect(second.texts).toHaveLength(1)
    expect(second.texts[0]?.before).toBeDefined()
    expect(summarize(applied(both, second), outside)).toBe('outbound|80||api 100')
  })

  test('paths for several stacks, as in the tutorial', () => {
    const answers = {
      host: '*',
      gateway: 'new',
      service: 'default/frontend',
      paths: [
        { path: '/api', service: 'default/api' },
        { path: '/service', service: 'default/service' },
        { path: '/api/v2', service: 'default/myapp' },
      ],
    }
    const mesh = applied(world, planOf('path-routing', answers, world))
    const to = (path: string): string => summarize(mesh, { ...outside, path })
    expect(to('/api/x')).toBe('outbound|80||api 100')
    expect(to('/api/v2/x')).toBe('outbound|80||myapp 100')
    expect(to('/service')).toBe('outbound|80||service 100')
    expect(to('/')).toBe('outbound|80||frontend 100')
  })
})

describe('questions', () => {
  test('defaults make a whole plan for every wizard', () => {
    for (const { id, title, explains } of wizards) {
      expect(`${title} ${explains}`).not.toMatch(/!/)
      expect(planOf(id, id === 'path-routing' ? {} : myapp, world).texts.length, id).toBeGreaterThan(0)
    }
  })

  test('versions come from the pods, in the order of numbers', () => {
    const fields = wizards[0]?.fields({ objects: parse(world) }, myapp)
    expect(fields?.find(({ name }) => name === 'canary')).toMatchObject({
      default: 'v10',
      options: [{ value: 'v1' }, { value: 'v2' }, { value: 'v10' }],
    })
  })

  test.each<[string, Answers, string, RegExp]>([
    ['canary-by-weight', { ...myapp, share: 120 }, 'share', /whole number from 0 to 100/],
    ['canary-by-weight', { ...myapp, share: 'a' }, 'share', /whole number/],
    ['canary-by-weight', { ...myapp, stable: 'v2', canary: 'v2' }, 'canary', /same as the stable/],
    ['canary-by-weight', { service: 'default/nobody' }, 'service', /names no Service/],
    ['canary-by-weight', { service: 'default/api' }, 'stable', /is missing/],
    ['canary-by-header', { ...myapp, header: 'a b' }, 'header', /no name of a header/],
    ['inject-fault', { ...myapp, delay: '5' }, 'delay', /duration/],
    ['expose-service', { ...myapp, host: 'a b', gateway: 'new' }, 'host', /must be a name/],
    ['expose-service', { ...myapp, gateway: 'x/y' }, 'gateway', /names no Gateway/],
    ['path-routing', { paths: [{ path: 'api', service: 'default/api' }] }, 'paths', /begin with a slash/],
    [
      'path-routing',
      { paths: ['/a', '/a'].map(path => ({ path, service: 'default/api' })) },
      'paths',
      /has \/a twice/,
    ],
  ])('%s refuses %j', (id, answers, at, message) => {
    const result = wizards.find(one => one.id === id)?.plan(answers, { objects: parse(world) })
    expect(result).toContainEqual(
      expect.objectContaining({ code: 'bad-input', at, message: expect.stringMatching(message) as string }),
    )
  })

  test('a text that is broken is a problem, not a guess', () => {
    const result = wizards[0]?.plan(
      { ...myapp, stable: 'v1', canary: 'v2' },
      { objects: parse(`${world}---\n${written}${rule}`), textOf: () => 'kind: [' },
    )
    expect(result).toMatchObject([
      { code: 'bad-input', message: expect.stringMatching(/cannot be edited/) as string },
    ])
  })
})
