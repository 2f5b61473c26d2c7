import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MESH_KINDS } from '../../domain/kubernetes/kinds.ts'
import { buildMesh } from '../../domain/istio/mesh.ts'
import { decideSimulated } from '../../domain/simulation/decide-simulated.ts'
import { collections, meshCollections } from './collections.ts'
import type { TestWorld } from './world-fixture.ts'
import { apply, count, get, label, minus, pass, pods, shareOf, startTestWorld } from './world-fixture.ts'

// What an object of each kind does to the traffic: what its callers and callees count before and after it.

interface Effect {
  /** `group/Kind`. */
  readonly kind: string
  readonly what: string
  readonly yaml: string
  /** Which proxies are read: pods whose name begins so, of a namespace. */
  readonly from: readonly [prefix: string, namespace?: string]
  readonly wanted: Readonly<Record<string, string>>
  readonly by: readonly string[]
  readonly metric?: string
  /** Keys that are counted then, and were not before. */
  readonly appear?: readonly string[]
  /** Keys that were counted before, and are not any more. */
  readonly vanish?: readonly string[]
}

const TCP = 'istio_tcp_connections_opened_total'
const ISTIO = 'networking.istio.io'
const API = 'gateway.networking.k8s.io'
const LINKERD = 'policy.linkerd.io'

const toMyapp = {
  from: ['frontend'],
  wanted: { reporter: 'source', destination_service_name: 'myapp' },
} as const
const atMyapp = {
  from: ['myapp'],
  wanted: { reporter: 'destination', destination_service_name: 'myapp' },
} as const
const fromGateway = { from: ['istio-ingress', 'istio-system'], wanted: { reporter: 'source' } } as const

const virtualService = (rule: string): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: myapp}
spec: {hosts: [myapp], http: [${rule}]}
`
const toAll = 'route: [{destination: {host: myapp}}]'
const destinationRule = (policy: string): string => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: myapp}
spec:
  host: myapp
  trafficPolicy: ${policy}
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
`
const policy = (spec: string, kind = 'AuthorizationPolicy'): string => `
apiVersion: security.istio.io/v1
kind: ${kind}
metadata: {name: myapp}
spec: {selector: {matchLabels: {app: myapp}}, ${spec}}
`
const entry = (spec: string): string => `
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: outside}
spec: {hosts: [outside.example.net], ports: [{number: 80, name: http, protocol: HTTP}], ${spec}}
`
const toOutside = virtualService('{route: [{destination: {host: outside.example.net, port: {number: 80}}}]}')
const versions = ['v1', 'v2']
  .map(
    version => `
---
apiVersion: v1
kind: Service
metadata: {name: myapp-${version}}
spec:
  selector: {app: myapp, version: ${version}}
  ports: [{name: http, port: 80, targetPort: 8080}]
`,
  )
  .join('')
const tcpService = `
apiVersion: v1
kind: Service
metadata: {name: myapp}
spec:
  selector: {app: myapp}
  ports: [{name: tcp-web, port: 80, targetPort: 8080}]
`
const meshConfig = (mesh: string): string => `
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: '${mesh}'}
`
const gateway = (route: string): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
${route}`
const httpRoute = (backend: string): string => `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  parentRefs: [{name: web}]
  hostnames: [web.example.org]
  rules: [{backendRefs: [${backend}]}]
`
const byCode = ['response_code', 'response_flags']

const effects: readonly Effect[] = [
  {
    ...toMyapp,
    kind: `${ISTIO}/VirtualService`,
    what: 'an abort',
    yaml: virtualService(`{fault: {abort: {percentage: {value: 100}, httpStatus: 418}}, ${toAll}}`),
    by: byCode,
    appear: ['418 FI'],
    vanish: ['200 -'],
  },
  {
    ...toMyapp,
    kind: `${ISTIO}/VirtualService`,
    // No cluster names the service.
    wanted: { reporter: 'source', destination_service: 'myapp' },
    what: 'a redirect',
    yaml: virtualService('{redirect: {uri: /elsewhere, redirectCode: 308}}'),
    by: ['response_code'],
    appear: ['308'],
  },
  {
    ...toMyapp,
    kind: `${ISTIO}/VirtualService`,
    // No cluster names the service.
    wanted: { reporter: 'source', destination_service: 'myapp' },
    what: 'a direct response',
    yaml: virtualService('{directResponse: {status: 451}}'),
    by: ['response_code'],
    appear: ['451'],
  },
  {
    ...atMyapp,
    kind: `${ISTIO}/VirtualService`,
    what: 'a mirror',
    yaml: virtualService('{mirror: {host: myapp, subset: v2}, route: [{destination: {host: api}}]}'),
    by: ['destination_version'],
    appear: [],
    vanish: ['v1'],
  },
  {
    ...toMyapp,
    kind: `${ISTIO}/VirtualService`,
    what: 'retries that do not help',
    yaml: virtualService(
      '{retries: {attempts: 1, retryOn: 5xx, perTryTimeout: 1ms}, route: [{destination: {host: myapp}}]}',
    ),
    by: byCode,
    appear: ['504 UT,URX'],
  },
  {
    ...toMyapp,
    kind: `${ISTIO}/VirtualService`,
    what: 'headers of one destination, which a match further on reads',
    yaml:
      virtualService(
        '{route: [{destination: {host: myapp, subset: v1}, weight: 50, headers: {request: {set: {authorization: Bearer broken}}}}, {destination: {host: myapp, subset: v2}, weight: 50}]}',
      ) +
      policy('jwtRules: [{issuer: https://issuer.example.com}]', 'RequestAuthentication').replace(/^/, '---'),
    by: ['destination_version', 'response_code'],
    appear: ['v1 401'],
    vanish: ['v1 200'],
  },
  {
    ...toMyapp,
    kind: `${ISTIO}/DestinationRule`,
    what: 'TLS that the pods do not speak',
    yaml: destinationRule('{tls: {mode: SIMPLE}}'),
    by: byCode,
    appear: ['503 UF,URX'],
    vanish: ['200 -'],
  },
  {
    ...atMyapp,
    kind: `${ISTIO}/DestinationRule`,
    what: 'no TLS',
    yaml: destinationRule('{tls: {mode: DISABLE}}'),
    by: ['connection_security_policy'],
    appear: ['none'],
    vanish: ['mutual_tls'],
  },
  {
    ...fromGateway,
    kind: `${ISTIO}/Gateway`,
    what: 'other hosts',
    yaml: `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: app-gateway}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [other.example.com]}]
`,
    by: ['destination_app', 'response_code'],
    appear: ['unknown 404'],
    vanish: ['web 200'],
  },
  {
    from: ['frontend'],
    wanted: { reporter: 'source' },
    kind: `${ISTIO}/ServiceEntry`,
    what: 'a destination outside',
    yaml: toOutside + entry('resolution: DNS'),
    by: ['destination_service', 'response_code'],
    appear: ['outside.example.net 200'],
    vanish: ['myapp.default.svc.cluster.local 200'],
  },
  {
    from: ['frontend'],
    wanted: { reporter: 'source' },
    kind: `${ISTIO}/WorkloadEntry`,
    what: 'machines that a ServiceEntry selects',
    yaml: `${toOutside}${entry('location: MESH_INTERNAL, resolution: STATIC, workloadSelector: {labels: {app: machine}}')}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: machine}
spec: {address: 192.0.2.7, labels: {app: machine}}
`,
    by: ['destination_service', 'response_code'],
    appear: ['outside.example.net 200'],
  },
  {
    from: ['frontend'],
    wanted: { reporter: 'source' },
    kind: `${ISTIO}/Sidecar`,
    what: 'egress without myapp',
    yaml: `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default}
spec: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}, egress: [{hosts: [./api.default.svc.cluster.local]}]}
`,
    by: ['destination_app', 'response_code'],
    appear: ['unknown 502'],
    vanish: ['myapp 200'],
  },
  {
    from: ['catalog', 'shop'],
    wanted: { reporter: 'destination' },
    kind: 'security.istio.io/PeerAuthentication',
    what: 'STRICT on the port alone',
    yaml: `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: catalog, namespace: shop}
spec: {selector: {matchLabels: {app: catalog}}, portLevelMtls: {8080: {mode: STRICT}}}
`,
    by: ['connection_security_policy'],
    vanish: ['none'],
  },
  {
    ...toMyapp,
    kind: 'security.istio.io/AuthorizationPolicy',
    what: 'DENY by path',
    yaml: policy('action: DENY, rules: [{to: [{operation: {paths: [/myapp]}}]}]'),
    by: ['response_code'],
    appear: ['403'],
  },
  {
    ...toMyapp,
    kind: 'security.istio.io/AuthorizationPolicy',
    what: 'ALLOW of nobody',
    yaml: policy('action: ALLOW'),
    by: ['response_code'],
    appear: ['403'],
    vanish: ['200'],
  },
  {
    ...toMyapp,
    kind: 'security.istio.io/AuthorizationPolicy',
    what: 'AUDIT decides nothing',
    yaml: policy('action: AUDIT, rules: [{}]'),
    by: ['response_code'],
    vanish: ['403'],
  },
  {
    ...toMyapp,
    kind: 'security.istio.io/RequestAuthentication',
    what: 'no token, which a policy asks for',
    yaml: `${policy('jwtRules: [{issuer: https://issuer.example.com}]', 'RequestAuthentication')}---${policy('action: ALLOW, rules: [{from: [{source: {requestPrincipals: ["*"]}}]}]')}`,
    by: ['response_code'],
    appear: ['403'],
    vanish: ['200'],
  },
  {
    ...toMyapp,
    kind: 'telemetry.istio.io/Telemetry',
    what: 'a metric that is switched off',
    yaml: `
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: off}
spec: {metrics: [{overrides: [{match: {metric: REQUEST_COUNT, mode: CLIENT}, disabled: true}]}]}
`,
    by: ['response_code'],
    vanish: ['200'],
  },
  {
    ...toMyapp,
    kind: '/Service',
    what: 'a port that is not HTTP',
    yaml: tcpService,
    by: ['request_protocol'],
    metric: TCP,
    appear: ['tcp'],
  },
  {
    ...toMyapp,
    kind: '/Namespace',
    what: 'nothing that istiod looks at',
    yaml: meshConfig('{discoverySelectors: [{matchLabels: {watched: "yes"}}]}'),
    by: ['response_code'],
    vanish: ['200'],
  },
  {
    from: ['frontend'],
    wanted: { reporter: 'source' },
    kind: '/ConfigMap',
    what: 'REGISTRY_ONLY and a destination that nothing registers',
    yaml: `${meshConfig('{outboundTrafficPolicy: {mode: REGISTRY_ONLY}}')}---${virtualService('{route: [{destination: {host: nobody.example.net}}]}')}`,
    by: ['response_code', 'response_flags'],
    appear: ['503 NC'],
  },
  {
    from: ['frontend'],
    wanted: { reporter: 'source' },
    kind: 'discovery.k8s.io/EndpointSlice',
    what: 'the addresses of a Service without a selector',
    yaml: `
apiVersion: v1
kind: Service
metadata: {name: machines}
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: machines-1, labels: {kubernetes.io/service-name: machines}}
addressType: IPv4
endpoints: [{addresses: [192.0.2.8], conditions: {ready: true}}]
ports: [{name: http, port: 8080}]
---${virtualService('{route: [{destination: {host: machines}}]}')}`,
    by: ['destination_service_name', 'response_code'],
    appear: ['machines 200'],
  },
  {
    from: ['web', 'default'],
    wanted: { reporter: 'source' },
    kind: `${API}/Gateway`,
    what: 'a way in, which gets pods and visitors',
    yaml: gateway(httpRoute('{name: myapp, port: 80}')),
    by: ['destination_service_name', 'response_code'],
    appear: ['myapp 200'],
  },
  {
    from: ['web', 'default'],
    wanted: { reporter: 'source' },
    kind: `${API}/HTTPRoute`,
    what: 'a backend of another namespace without a grant',
    yaml: gateway(httpRoute('{name: catalog, namespace: shop, port: 80}')),
    by: ['response_code'],
    appear: ['500'],
    vanish: ['200'],
  },
  {
    from: ['web', 'default'],
    wanted: { reporter: 'source' },
    kind: `${API}/ReferenceGrant`,
    what: 'the grant for it',
    yaml: `${gateway(httpRoute('{name: catalog, namespace: shop, port: 80}'))}
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: catalog, namespace: shop}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}]
  to: [{group: '', kind: Service}]
`,
    by: ['destination_service_name', 'response_code'],
    appear: ['catalog 200'],
    vanish: ['unknown 500'],
  },
  {
    from: ['frontend'],
    wanted: { reporter: 'source' },
    kind: `${API}/GRPCRoute`,
    what: 'a route of the mesh for all methods',
    yaml: `${versions}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: myapp}
spec:
  parentRefs: [{group: '', kind: Service, name: api, port: 80}]
  rules: [{backendRefs: [{name: myapp-v2, port: 80}]}]
`,
    by: ['destination_service_name'],
    appear: ['myapp-v2'],
    vanish: ['api'],
  },
  {
    ...toMyapp,
    wanted: { reporter: 'source', destination_app: 'myapp' },
    kind: `${API}/TCPRoute`,
    what: 'connections to one version',
    yaml: `${tcpService}${versions}
---
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: TCPRoute
metadata: {name: myapp}
spec:
  parentRefs: [{group: '', kind: Service, name: myapp, port: 80}]
  rules: [{backendRefs: [{name: myapp-v2, port: 80}]}]
`,
    by: ['destination_version'],
    metric: TCP,
    appear: ['v2'],
    vanish: ['v1'],
  },
  {
    ...fromGateway,
    kind: 'networking.k8s.io/Ingress',
    what: 'a name that visitors ask for',
    yaml: `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: old, annotations: {kubernetes.io/ingress.class: istio}}
spec:
  rules:
  - host: old.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: myapp, port: {number: 80}}}}]}
`,
    by: ['destination_service_name', 'response_code'],
    appear: ['myapp 200'],
  },
]

let stop: () => void
let store: TestWorld['store']
let world: TestWorld['world']

beforeEach(() => {
  ;({ store, world, stop } = startTestWorld(vi))
})

afterEach(() => stop())

async function countFor(seconds: number, effect: Effect): Promise<Record<string, number>> {
  const [prefix, namespace] = effect.from
  const read = () => count(pods(prefix, namespace), effect.wanted, effect.by, effect.metric)
  const before = await read()
  await pass(seconds)
  return minus(await read(), before)
}

describe('what an object of each kind does to the traffic', () => {
  test.each(effects.map(effect => [effect.kind, effect.what, effect] as const))(
    '%s: %s',
    async (_kind, _what, effect) => {
      const before = await countFor(4, effect)
      apply(effect.yaml.replaceAll(/^---+$/gm, '---'))
      await pass(5)
      const after = await countFor(5, effect)
      for (const key of effect.appear ?? []) {
        expect.soft(before[key] ?? 0, JSON.stringify(before)).toBe(0)
        expect(after[key] ?? 0, JSON.stringify(after)).toBeGreaterThan(0)
      }
      for (const key of effect.vanish ?? []) expect(after[key] ?? 0, JSON.stringify(after)).toBe(0)
    },
  )
})

/** Kinds whose objects change nothing in the traffic, and why. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  '/Secret': 'no handshake is carried out',
  'networking.istio.io/EnvoyFilter': 'no Envoy runs; the API server warns of it',
  'extensions.istio.io/WasmPlugin': 'no Envoy runs; the API server warns of it',
  'extensions.istio.io/TrafficExtension': 'no Envoy runs; the API server warns of it',
  'networking.istio.io/ProxyConfig': 'threads, variables and images of proxies; the API server warns of it',
  'networking.istio.io/WorkloadGroup': 'a template for machines, which register themselves',
  'install.istio.io/IstioOperator': 'in no cluster',
  'gateway.networking.k8s.io/UDPRoute': 'istiod reads none',
}

/** Kinds whose effect another test shows. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  '/Pod': 'controllers.test.ts',
  'apps/Deployment': 'controllers.test.ts',
  'apps/ReplicaSet': 'controllers.test.ts',
  'apps/StatefulSet': 'as Deployment: by its pods',
  'apps/DaemonSet': 'ambient.test.ts',
  'batch/Job': 'controllers.test.ts',
  'networking.k8s.io/IngressClass': 'decided as Ingress',
  'gateway.networking.k8s.io/GatewayClass': 'ambient.test.ts',
  'gateway.networking.k8s.io/TLSRoute': 'decided as TCPRoute',
  'gateway.networking.k8s.io/BackendTLSPolicy': 'not decided by the simulator either',
  'gateway.networking.k8s.io/ListenerSet': 'decided as Gateway',
  'gateway.networking.x-k8s.io/XListenerSet': 'decided as Gateway',
  [`${LINKERD}/Server`]: 'obeyed-kinds.test.ts',
  [`${LINKERD}/HTTPRoute`]: 'decided by the simulator',
  [`${LINKERD}/AuthorizationPolicy`]: 'decided by the simulator',
  [`${LINKERD}/ServerAuthorization`]: 'decided by the simulator',
  [`${LINKERD}/MeshTLSAuthentication`]: 'decided by the simulator',
  [`${LINKERD}/NetworkAuthentication`]: 'decided by the simulator',
  [`${LINKERD}/EgressNetwork`]: 'decided by the simulator',
  [`${LINKERD}/HTTPLocalRateLimitPolicy`]: 'decided by the simulator',
  'linkerd.io/ServiceProfile': 'decided by the simulator',
  'split.smi-spec.io/TrafficSplit': 'decided by the simulator',
}

test('every kind that makes a mesh is in the table, or said to do nothing', () => {
  const known = new Set([
    ...effects.map(({ kind }) => kind),
    ...Object.keys(WITHOUT_EFFECT),
    ...Object.keys(ELSEWHERE),
  ])
  expect(MESH_KINDS.map(({ group, kind }) => `${group}/${kind}`).filter(kind => !known.has(kind))).toEqual([])
})

describe('the shares are those that the simulator gives', () => {
  const split = (...targets: readonly string[]): string => virtualService(`{route: [${targets.join(', ')}]}`)
  const target = (subset: string, weight: number): string =>
    `{destination: {host: myapp, subset: ${subset}}, weight: ${String(weight)}}`

  test.each([
    ['90/10', split(target('v1', 90), target('v2', 10))],
    ['25/75', split(target('v1', 25), target('v2', 75))],
    ['all to one', split(target('v2', 100))],
    [
      'by the path',
      virtualService(
        `{match: [{uri: {exact: /myapp/profile}}], route: [${target('v1', 100)}]}, {route: [${target('v2', 100)}]}`,
      ),
    ],
  ])('%s', async (_name, yaml) => {
    apply(yaml)
    await pass(1)
    const objects = meshCollections.flatMap(collection => store.list(collection))
    const mesh = buildMesh(objects)
    // Each request to /myapp is followed by one to its profile half of the time.
    const paths = ['/myapp', '/myapp', '/myapp/profile']
    const expected = { v1: 0, v2: 0 }
    for (const path of paths) {
      const { destinations } = decideSimulated(
        { mesh, objects },
        {
          from: { kind: 'workload', namespace: 'default', labels: { app: 'frontend' } },
          scheme: 'http',
          method: 'GET',
          host: 'myapp',
          port: 80,
          path,
          headers: {},
          tls: 'none',
        },
      )
      for (const { subset, weight } of destinations)
        if (subset === 'v1' || subset === 'v2') expected[subset] += weight / 100 / paths.length
    }
    const wanted = { reporter: 'source', destination_app: 'myapp' }
    const before = await count(pods('frontend'), wanted, ['destination_version'])
    await pass(15)
    const counts = minus(await count(pods('frontend'), wanted, ['destination_version']), before)
    expect(Math.abs(shareOf(counts, 'v1') - expected.v1), JSON.stringify(counts)).toBeLessThan(0.05)
  })
})

describe('what is written besides metrics', () => {
  const lines = async (): Promise<number> => {
    const all: string[] = []
    for (const pod of pods('myapp')) {
      const options = { container: 'istio-proxy', isFollowed: false, hasTimestamps: false }
      for await (const line of world.workloads.readLog(pod, options, new AbortController().signal))
        all.push(line)
    }
    return all.length
  }
  const traces = async (): Promise<number> => {
    const [jaeger] = pods('jaeger', 'istio-system')
    if (jaeger === undefined) throw new Error('no Jaeger')
    const text = await get(jaeger, 16686, '/api/traces?service=istio-ingressgateway.istio-system&limit=4000')
    return (JSON.parse(text.slice(4)) as { data: unknown[] }).data.length
  }

  test.each([
    ['the mesh writes no access log', meshConfig('{accessLogFile: ""}')],
    [
      'a Telemetry switches the access log off',
      'apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: logs}\nspec: {accessLogging: [{disabled: true}]}',
    ],
    [
      'a filter lets nothing through',
      'apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: logs}\nspec: {accessLogging: [{filter: {expression: response.code == 999}}]}',
    ],
  ])('%s', async (_name, yaml) => {
    apply(yaml)
    await pass(1)
    const before = await lines()
    await pass(4)
    expect(await lines()).toBe(before)
  })

  test.each([
    ['a Telemetry samples no traces', '{tracing: [{randomSamplingPercentage: 0}]}'],
    ['a Telemetry reports no spans', '{tracing: [{disableSpanReporting: true}]}'],
  ])('%s', async (_name, spec) => {
    apply(
      `apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: mesh, namespace: istio-system}\nspec: ${spec}`,
    )
    await pass(2)
    const before = await traces()
    await pass(4)
    expect(await traces()).toBe(before)
  })

  test.each([
    ['injection off', { 'istio-injection': 'disabled' }, false],
    ['off, which wins over a revision', { 'istio-injection': 'disabled', 'istio.io/rev': 'default' }, false],
    ['the revision', { 'istio-injection': undefined, 'istio.io/rev': 'default' }, true],
    ['a revision that is not there', { 'istio-injection': undefined, 'istio.io/rev': 'canary' }, false],
    ['no label', { 'istio-injection': undefined }, false],
  ])('labels of a namespace count for new pods: %s', async (_name, labels, isInjected) => {
    label(collections.namespaces, undefined, 'default', labels)
    const isInside = (): boolean[] =>
      pods('frontend').map(({ spec }) => JSON.stringify(spec).includes('istio-proxy'))
    expect(isInside()).toEqual([true, true])
    for (const pod of pods('frontend')) store.remove(collections.pods, 'default', pod.metadata.name)
    await pass(5)
    expect(isInside()).toEqual([isInjected, isInjected])
  })
})
