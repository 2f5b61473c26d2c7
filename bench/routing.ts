/**
 * Route decisions a second on 1,000 rules that look at the host, the path, headers, the query and the method, beside
 * find-my-way's look-ups (by method, host and path alone) on as many routes, in one run; then what a decision costs
 * on 10 to 10,000 rules. `npm run bench:routing`. Goal: a quarter of find-my-way's (docs/architecture.md).
 */
import FindMyWay from 'find-my-way'
import type { Mesh } from '../src/domain/istio/mesh.ts'
import { buildMesh } from '../src/domain/istio/mesh.ts'
import type { KubernetesObject } from '../src/domain/kubernetes/kubernetes-object.ts'
import type { RoutingRequest } from '../src/domain/routing/request.ts'
import { decide } from '../src/domain/routing/route/resolve.ts'

const ROUNDS = 9
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const

/** A sequence that is the same in every run. */
function makeRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

interface Route {
  readonly index: number
  readonly host: string
  readonly path: string
  readonly method: (typeof METHODS)[number]
}

const routesOf = (count: number, perHost = 50): readonly Route[] =>
  Array.from({ length: count }, (_, index) => ({
    index,
    host: `service-${String(Math.floor(index / perHost))}`,
    path: `/api/v${String(index % 3)}/resource-${String(index % perHost)}/items`,
    method: METHODS[index % METHODS.length] ?? 'GET',
  }))

/** Each rule looks at the path and the method, a third at a header too, a third at a query parameter too. */
const ruleOf = ({ index, path, method, host }: Route): unknown => ({
  name: `route-${String(index)}`,
  match: [
    {
      uri: index % 2 === 0 ? { prefix: path } : { exact: path },
      method: { exact: method },
      ...(index % 3 === 0 ? { headers: { 'x-tenant': { exact: `tenant-${String(index % 7)}` } } } : {}),
      ...(index % 3 === 1 ? { queryParams: { version: { exact: String(index % 5) } } } : {}),
    },
  ],
  route: [{ destination: { host } }],
})

function meshOf(routes: readonly Route[]): Mesh {
  const hosts = new Map<string, Route[]>()
  for (const route of routes) hosts.set(route.host, [...(hosts.get(route.host) ?? []), route])
  return buildMesh(
    [...hosts].flatMap(([host, own]): KubernetesObject[] => [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: host, namespace: 'default' },
        spec: { ports: [{ name: 'http', port: 80 }], selector: { app: host } },
      },
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name: host, namespace: 'default' },
        spec: { hosts: [host], http: own.map(ruleOf) },
      },
    ]),
  )
}

/** Requests that the routes take, in a mixed order. */
function requestsFor(routes: readonly Route[], count: number): readonly RoutingRequest[] {
  const random = makeRandom(7)
  return Array.from({ length: count }, () => {
    const route = routes[Math.floor(random() * routes.length)]
    if (route === undefined) throw new Error('there are no routes')
    const { index, host, path, method } = route
    return {
      from: { kind: 'workload', namespace: 'default', labels: { app: 'frontend' } },
      scheme: 'http',
      method,
      host,
      port: 80,
      path: index % 3 === 1 ? `${path}?version=${String(index % 5)}` : path,
      headers: index % 3 === 0 ? { 'x-tenant': `tenant-${String(index % 7)}` } : {},
      tls: 'none',
    }
  })
}

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0

/** Calls a second, the median of several rounds; the first round warms up. */
function measure(call: (index: number) => unknown, calls: number): number {
  const figures: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const startedAt = performance.now()
    for (let index = 0; index < calls; index++) call(index)
    if (round > 0) figures.push((calls / (performance.now() - startedAt)) * 1000)
  }
  return median(figures)
}

const format = (value: number): string => Math.round(value).toLocaleString('en-US')

function compareWithRouter(perHost: number): void {
  const routes = routesOf(1000, perHost)
  const requests = requestsFor(routes, 4096)
  const mesh = meshOf(routes)
  const router = FindMyWay()
  const handler = (): void => undefined
  for (const { host, path, method } of routes) router.on(method, path, { constraints: { host } }, handler)
  let found = 0
  for (const request of requests) {
    const decision = decide(mesh, request)
    if (decision.outcome === 'forwarded' && decision.route !== undefined) found++
    const path = request.path.split('?', 1)[0] ?? ''
    if (router.find(request.method as FindMyWay.HTTPMethod, path, { host: request.host }) === null)
      throw new Error(`find-my-way does not find ${request.method} ${request.host}${path}`)
  }
  if (found !== requests.length) throw new Error(`${String(requests.length - found)} requests have no route`)

  const at = (index: number): RoutingRequest => {
    const request = requests[index & 4095]
    if (request === undefined) throw new Error('there are no requests')
    return request
  }
  // In turn, so that both see the same machine.
  const decisions: number[] = []
  const lookups: number[] = []
  for (let turn = 0; turn < 3; turn++) {
    decisions.push(measure(index => decide(mesh, at(index)), 50_000))
    lookups.push(
      measure(index => {
        const request = at(index)
        const { path } = request
        const mark = path.indexOf('?')
        return router.find(request.method as FindMyWay.HTTPMethod, mark < 0 ? path : path.slice(0, mark), {
          host: request.host,
        })
      }, 50_000),
    )
  }
  const [own, theirs] = [median(decisions), median(lookups)]
  console.log(`decisions          ${format(own)} a second on 1,000 rules, ${format(perHost)} a host`)
  console.log(`find-my-way        ${format(theirs)} look-ups a second on 1,000 routes`)
  console.log(`ratio              ${(own / theirs).toFixed(2)} (goal 0.25)`)
  const reasons = measure(index => decide(mesh, at(index)).considered.length, 5_000)
  console.log(`with every reason  ${format(reasons)} a second`)
}

/** Heap that a mesh and what it remembers take, in megabytes, where `--expose-gc` allows to look. */
function heapUsed(): number {
  const collect = (globalThis as { gc?: () => void }).gc
  collect?.()
  return process.memoryUsage().heapUsed / 1e6
}

function measureSizes(): void {
  for (const count of [10, 100, 1000, 10_000]) {
    const routes = routesOf(count)
    const requests = requestsFor(routes, 4096)
    const before = heapUsed()
    const startedAt = performance.now()
    const mesh = meshOf(routes)
    const [first] = requests
    if (first !== undefined) decide(mesh, first)
    const built = performance.now() - startedAt
    const perSecond = measure(index => {
      const request = requests[index & 4095]
      return request && decide(mesh, request)
    }, 20_000)
    console.log(
      `${format(count).padStart(6)} rules       ${(1e6 / perSecond).toFixed(2)} µs a decision (median), ${built.toFixed(1)} ms to the first, ${(heapUsed() - before).toFixed(1)} MB`,
    )
  }
}

compareWithRouter(50)
compareWithRouter(1000)
measureSizes()
