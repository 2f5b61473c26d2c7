import { describe, expect, test } from 'vitest'
import { parse, service } from '../../../../test/fixtures/routing.ts'
import { buildMesh } from '../mesh.ts'
import type { MeshOptions } from './find-mesh-settings.ts'
import { findMeshSettings } from './find-mesh-settings.ts'
import { MESH_CONFIG_FIELDS } from './mesh-config-fields.ts'
import type { MeshSettings } from './mesh-settings.ts'

const configMap = (name: string, mesh: string, more = ''): string => `---
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, namespace: istio-system${more}}
data:
  mesh: |
    ${mesh}
`
const operator = (spec: string): string => `---
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec: ${spec}
`
const rule = (kind: string, host: string): string => `---
apiVersion: networking.istio.io/v1
kind: ${kind}
metadata: {name: rule, namespace: default}
spec: {host: ${host}, hosts: [${host}]}
`
const live = ', uid: some'

describe('where the settings of the mesh come from', () => {
  test.each<[string, string, MeshOptions, Partial<MeshSettings>]>([
    ['nothing says any', '', {}, { trustDomain: 'cluster.local', rootNamespace: 'istio-system' }],
    ['a ConfigMap', configMap('istio', 'trustDomain: a.b'), {}, { trustDomain: 'a.b' }],
    [
      'the ConfigMap of a revision',
      configMap('istio-canary', 'trustDomain: a.b'),
      {},
      { trustDomain: 'a.b' },
    ],
    [
      'the default before a revision',
      configMap('istio-canary', 'trustDomain: a.b') + configMap('istio', 'trustDomain: c.d'),
      {},
      { trustDomain: 'c.d' },
    ],
    [
      'an IstioOperator without a name',
      operator('{meshConfig: {trustDomain: a.b}, values: {global: {istioNamespace: mesh}}}'),
      {},
      { trustDomain: 'a.b', rootNamespace: 'mesh' },
    ],
    [
      'a file before the cluster',
      configMap('istio', 'trustDomain: live.example', live) + operator('{meshConfig: {trustDomain: a.b}}'),
      {},
      { trustDomain: 'a.b' },
    ],
    [
      'field by field',
      configMap('istio', '{trustDomain: a.b, rootNamespace: root}', live) +
        operator('{meshConfig: {trustDomain: c.d}}'),
      {},
      { trustDomain: 'c.d', rootNamespace: 'root' },
    ],
    [
      'an option before all',
      configMap('istio', 'trustDomain: a.b'),
      { meshConfig: { title: 'mesh.yaml', config: { trustDomain: 'e.f' }, values: {} } },
      { trustDomain: 'e.f' },
    ],
    [
      'an empty policy is the enumeration’s first value',
      configMap('istio', 'outboundTrafficPolicy: {}'),
      {},
      {
        outboundTrafficPolicy: 'REGISTRY_ONLY',
      },
    ],
    [
      'no mutual TLS by itself',
      configMap('istio', 'enableAutoMtls: false'),
      {},
      { isAutoMtlsEnabled: false },
    ],
    [
      'a ConfigMap of something else',
      configMap('istiod-notes', 'trustDomain: a.b'),
      {},
      { trustDomain: 'cluster.local' },
    ],
  ])('%s', (_name, text, options, expected) => {
    expect(findMeshSettings(parse(text), options)).toMatchObject(expected)
  })

  test('a ConfigMap that is not YAML is a problem, not a default', () => {
    expect(findMeshSettings(parse(configMap('istio', '"a: b: ["'))).problems).toHaveLength(1)
  })
  test('two revisions that differ are named', () => {
    const text = configMap('istio-a', 'trustDomain: a.b') + configMap('istio-b', 'trustDomain: c.d')
    expect(findMeshSettings(parse(text)).assumptions).toContainEqual(
      expect.objectContaining({ setting: 'meshConfig', value: 'ConfigMap istio-system/istio-a' }),
    )
  })
  test('what is not obeyed is named', () => {
    const text = configMap(
      'istio',
      '{localityLbSetting: {distribute: [{from: a}]}, accessLogFile: /dev/stdout}',
    )
    expect(findMeshSettings(parse(text)).unheeded).toEqual([
      'meshConfig.localityLbSetting (ConfigMap istio-system/istio)',
    ])
  })
  test('a use is decided for every field', () => {
    expect(Object.values(MESH_CONFIG_FIELDS).every(use => /^(obeyed|reported|irrelevant)$/.test(use))).toBe(
      true,
    )
  })
})

describe('the domain of the cluster', () => {
  const values = (text: string): string => `---
apiVersion: v1
kind: ConfigMap
metadata: {name: values, namespace: istio-system}
data: {merged-values: '${text}'}
`
  test.each<[string, string, string, boolean]>([
    ['nothing tells it', service('rates'), 'cluster.local', false],
    ['the values of the installation', values('{"global":{"proxy":{"clusterDomain":"a.b"}}}'), 'a.b', false],
    ['an IstioOperator', operator('{values: {global: {proxy: {clusterDomain: a.b}}}}'), 'a.b', false],
    [
      'istiod’s own argument',
      `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: istio-system}
spec: {template: {spec: {containers: [{name: discovery, args: [discovery, --domain, a.b]}]}}}
`,
      'a.b',
      false,
    ],
    [
      'the DNS of the cluster',
      `---
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data:
  Corefile: |
    .:53 {
        kubernetes a.b in-addr.arpa ip6.arpa {
    }
`,
      'a.b',
      false,
    ],
    [
      'two rules name a Service by it',
      service('rates') +
        rule('VirtualService', 'rates.default.svc.a.b') +
        rule('DestinationRule', 'rates.default.svc.a.b'),
      'a.b',
      true,
    ],
    [
      'one mistyped name is no domain',
      service('rates') + rule('VirtualService', 'rates.default.svc.cluster.loca'),
      'cluster.local',
      false,
    ],
    [
      'rules that differ',
      service('rates') +
        rule('VirtualService', 'rates.default.svc.a.b') +
        rule('DestinationRule', 'rates.default.svc.cluster.local'),
      'cluster.local',
      false,
    ],
  ])('%s', (_name, text, domain, isGuess) => {
    const { clusterDomain, assumptions } = findMeshSettings(parse(text))
    expect(clusterDomain).toBe(domain)
    expect(assumptions.some(item => item.setting === 'clusterDomain' && item.isGuess)).toBe(isGuess)
  })
})

test('discoverySelectors leave out the objects of other namespaces', () => {
  const namespaces = ['shop', 'bank'].map(
    name => `---
apiVersion: v1
kind: Namespace
metadata: {name: ${name}, labels: {team: ${name}}}
`,
  )
  const text = [
    ...namespaces,
    service('a', 'shop'),
    service('b', 'bank'),
    configMap('istio', 'discoverySelectors: [{matchLabels: {team: shop}}]'),
  ].join('')
  expect(buildMesh(parse(text)).services.map(({ name }) => name)).toEqual(['a'])
})

test('objects that name nobody are exported as the mesh says', () => {
  const text = `${configMap('istio', '{defaultServiceExportTo: ["."], defaultVirtualServiceExportTo: ["shop"]}')}${service('a')}${rule('VirtualService', 'a')}`
  const { services, virtualServices } = buildMesh(parse(text))
  expect([services[0]?.exportTo, virtualServices[0]?.exportTo]).toEqual([['.'], ['shop']])
})
