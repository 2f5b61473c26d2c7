import { describe, expect, test } from 'vitest'
import { normalizeInstalled } from './normalize-installed.ts'
import { readIstioOptions, setIstioOption, type IstioOption, type IstioOptions } from './istio-options.ts'
import { modernizeIstioOptions } from './modernize-istio-options.ts'
import { readPrecheck } from './read-precheck.ts'
import { isSmall, setIstioValue, setSmall } from './set-istio-value.ts'

const begin = 'apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n'

describe('the form reads what the text says', () => {
  test.each<[string, Partial<IstioOptions>]>([
    ['spec: {}', { profile: 'default', hasAccessLog: false, hasTracing: false, providers: [] }],
    ['spec: {profile: demo, revision: canary}', { profile: 'demo', revision: 'canary' }],
    [
      'spec: {meshConfig: {accessLogFile: /dev/stdout, enableTracing: true}}',
      { hasAccessLog: true, hasTracing: true },
    ],
    [
      'spec: {meshConfig: {extensionProviders: [{name: jaeger}, {name: otel}]}}',
      { providers: ['jaeger', 'otel'] },
    ],
    [
      'spec: {components: {ingressGateways: [{name: istio-ingressgateway, enabled: false}]}}',
      { hasIngress: false },
    ],
    ['spec: {components: {ingressGateways: [{enabled: true}]}}', { hasIngress: true }],
    ['spec: {components: {ingressGateways: [{name: other, enabled: true}]}}', {}],
    [
      'spec: {components: {ingressGateways: [{enabled: true, k8s: {service: {type: NodePort}}}]}}',
      { hasIngress: true, ingressType: 'NodePort' },
    ],
    ['spec: {components: {pilot: {k8s: {replicaCount: 2}}}}', { replicas: 2 }],
    ['spec: 7', { profile: 'default' }],
  ])('%s', (spec, expected) => {
    const read = readIstioOptions(`${begin}${spec}\n`)
    expect('options' in read && read.options).toMatchObject(expected)
  })

  test.each([
    ['', 'The text has no IstioOperator'],
    ['kind: ConfigMap', 'The text has no IstioOperator'],
    ['kind: IstioOperator\nspec: [', /./],
  ])('%j is refused', (text, message) => {
    const read = readIstioOptions(text)
    expect('problem' in read && read.problem.message).toMatch(message)
  })
})

describe('the form changes few characters', () => {
  const text = `# ours\n${begin}spec:\n  profile: demo # small\n  values: {global: {logAsJson: true}}\n`
  test.each<[IstioOption, IstioOptions[IstioOption] | undefined, string]>([
    ['profile', 'minimal', text.replace('demo', 'minimal')],
    ['revision', 'canary', `${text}  revision: canary\n`],
    ['hasAccessLog', true, `${text}  meshConfig:\n    accessLogFile: /dev/stdout\n`],
    ['hasAccessLog', undefined, text],
    [
      'hasIngress',
      false,
      `${text}  components:\n    ingressGateways:\n    - name: istio-ingressgateway\n      enabled: false\n`,
    ],
    ['ingressType', undefined, text],
  ])('%s to %j', (option, value, expected) => {
    expect(setIstioOption(text, option, value as never)).toBe(expected)
  })

  test.each<[IstioOption, IstioOptions[IstioOption]]>([
    ['profile', 'ambient'],
    ['revision', '1-31-0'],
    ['hasIngress', true],
    ['hasIngress', false],
    ['hasEgress', true],
    ['ingressType', 'NodePort'],
    ['hasAccessLog', true],
    ['hasTracing', true],
    ['replicas', 3],
  ])('%s %j is read back, and taken away again', (option, value) => {
    const changed = setIstioOption(text, option, value as never)
    const read = readIstioOptions(changed)
    expect('options' in read && read.options[option]).toBe(value)
    if (option === 'profile') return
    const back = readIstioOptions(setIstioOption(changed, option, undefined as never))
    const before = readIstioOptions(text)
    if (option === 'ingressType') expect('options' in back && back.options.ingressType).toBeUndefined()
    else expect(back).toEqual(before)
  })
})

describe('an old IstioOperator', () => {
  const modern = (text: string) => {
    const result = modernizeIstioOptions(text)
    if ('problem' in result) throw new Error(result.problem.message)
    return result
  }

  test("the tutorial's tracing becomes an extension provider and a Telemetry with its sampling", () => {
    const text = `# Enable Jaeger tracing
${begin}spec:
  meshConfig:
    enableTracing: true
    defaultConfig:
      tracing:
        sampling: 100.0
        zipkin:
          address: jaeger-collector.istio-system:9411
`
    const { text: next, telemetry, notes } = modern(text)
    expect(next).toBe(`# Enable Jaeger tracing
${begin}spec:
  meshConfig:
    enableTracing: true
    extensionProviders:
    - name: jaeger
      zipkin:
        service: jaeger-collector.istio-system.svc.cluster.local
        port: 9411
`)
    expect(telemetry).toContain('randomSamplingPercentage: 100')
    expect(telemetry).toContain('- name: jaeger')
    expect(notes.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'tracing-moved spec.meshConfig.defaultConfig.tracing',
    ])
  })

  test.each([
    ['nothing old', 'spec: {profile: demo}', []],
    [
      'zipkinAddress',
      'spec: {meshConfig: {defaultConfig: {zipkinAddress: "zipkin.ops:9411"}}}',
      ['tracing-moved'],
    ],
    [
      'a tracer of the values',
      'spec: {values: {global: {tracer: {zipkin: {address: "z.ops:1"}}}}}',
      ['tracing-moved'],
    ],
    ['add-ons', 'spec: {addonComponents: {kiali: {enabled: true}}}', ['add-ons-removed']],
    [
      'values of add-ons',
      'spec: {values: {kiali: {a: 1}, grafana: {b: 2}}}',
      ['add-ons-removed', 'add-ons-removed'],
    ],
    ['components of old', 'spec: {components: {citadel: {enabled: true}, pilot: {}}}', ['component-removed']],
    [
      'settings that moved to meshConfig',
      'spec: {values: {global: {enableTracing: true, trustDomain: a.b}}}',
      ['setting-moved', 'setting-moved'],
    ],
    [
      'a setting that meshConfig has already',
      'spec: {meshConfig: {trustDomain: c.d}, values: {global: {trustDomain: a.b}}}',
      ['setting-removed'],
    ],
    [
      'settings that are gone',
      'spec: {values: {security: {}, pilot: {useMCP: true}, global: {mtls: {auto: true}}}}',
      ['setting-removed', 'setting-removed', 'setting-removed'],
    ],
    ['a tag of an old Istio', 'spec: {profile: demo, tag: 1.6.8}', ['images-removed']],
    ['its variant', 'spec: {profile: demo, tag: 1.6.8-distroless}', ['images-removed']],
    ['a tag among the values', 'spec: {values: {global: {tag: 1.4.3}}}', ['images-removed']],
    ['a tag of today', 'spec: {tag: 1.31.0}', []],
    ["a tag of one's own", 'spec: {tag: latest}', []],
    ['a remote control plane', 'spec: {components: {istiodRemote: {enabled: false}}}', []],
    ["the operator's status", 'status: {state: HEALTHY}\nspec: {profile: demo}', ['operator-removed']],
  ])('%s', (_name, rest, codes) => {
    const text = `${begin}${rest}\n`
    const { text: next, notes } = modern(text)
    expect(notes.map(({ code }) => code)).toEqual(codes)
    expect(modern(next)).toEqual({ text: next, notes: [] })
    if (codes.length === 0) expect(next).toBe(text)
  })

  test('a moved setting keeps its value, and one of meshConfig wins', () => {
    const old = `${begin}spec:
  values:
    global:
      outboundTrafficPolicy: {mode: REGISTRY_ONLY}
`
    expect(modern(old).text).toMatch(/meshConfig:\n {4}outboundTrafficPolicy:\s*\{?\s*mode: REGISTRY_ONLY/)
    expect(modern(old).text).not.toContain('values')
    const both = `${begin}spec:
  meshConfig: {trustDomain: c.d}
  values: {global: {trustDomain: a.b}}
`
    expect(modern(both).text).toContain('c.d')
    expect(modern(both).text).not.toContain('a.b')
  })

  test('other settings of tracing stay', () => {
    const text = `${begin}spec:
  meshConfig:
    defaultConfig:
      tracing:
        maxPathTagLength: 99
        zipkin: {address: "zipkin.ops:9411"}
`
    expect(modern(text).text).toContain('maxPathTagLength: 99')
    expect(modern(text).text).not.toContain('address')
  })

  test('a text that is none says so', () => {
    expect(modernizeIstioOptions('a: 1')).toMatchObject({ problem: { code: 'bad-input' } })
  })
})

describe('precheck', () => {
  test.each([
    ['', []],
    ['✔ No issues found when checking the cluster. Istio is safe to install or upgrade!\n', []],
    ['Error: no', undefined],
    ['{}', undefined],
    // Recorded from istioctl 1.31.0.
    [
      `[{"code": "IST0123", "documentationUrl": "https://istio.io/v1.31/docs/reference/config/analysis/ist0123/", "level": "Warning", "message": "Two labels.", "origin": "Namespace default"}]`,
      [
        {
          code: 'IST0123',
          severity: 'warning',
          message: 'Two labels.',
          origin: 'Namespace default',
          url: 'https://istio.io/v1.31/docs/reference/config/analysis/ist0123/',
        },
      ],
    ],
    [
      '[{"level": "Error", "documentationUrl": "javascript:alert(1)"}]',
      [{ code: '', severity: 'error', message: '', origin: '' }],
    ],
  ])('%j', (stdout, expected) => expect(readPrecheck(stdout)).toEqual(expected))
})

describe('a generated object beside the live one', () => {
  const object = (labels: Record<string, string>, rest: object = {}) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'istio', labels },
    ...rest,
  })
  test.each([
    ['nothing live', object({ a: '1' }), undefined, object({ a: '1' })],
    [
      'labels of the installation',
      object({ a: '1' }),
      object({
        'operator.istio.io/managed': 'Reconcile',
        'operator.istio.io/version': '1.30.4',
        foreign: 'x',
      }),
      object({ a: '1', 'operator.istio.io/managed': 'Reconcile', 'operator.istio.io/version': '1.31.0' }),
    ],
    [
      'a strict webhook stays strict',
      object({}, { webhooks: [{ name: 'w', failurePolicy: 'Ignore' }] }),
      object({}, { webhooks: [{ name: 'w', failurePolicy: 'Fail' }] }),
      object({}, { webhooks: [{ name: 'w', failurePolicy: 'Fail' }] }),
    ],
    [
      'a webhook that a tag took over stays off',
      object({}, { webhooks: [{ name: 'w', namespaceSelector: { a: 1 }, objectSelector: { b: 1 } }] }),
      object(
        {},
        {
          webhooks: [
            {
              name: 'w',
              namespaceSelector: { matchLabels: { 'istio.io/deactivated': 'never-match' } },
              objectSelector: { c: 1 },
            },
          ],
        },
      ),
      object(
        {},
        {
          webhooks: [
            {
              name: 'w',
              namespaceSelector: { matchLabels: { 'istio.io/deactivated': 'never-match' } },
              objectSelector: { c: 1 },
            },
          ],
        },
      ),
    ],
  ])('%s', (_name, planned, live, expected) => {
    expect(JSON.parse(JSON.stringify(normalizeInstalled(planned, live, '1.31.0')))).toMatchObject(expected)
  })
})

describe('any value by its path, as istioctl --set has it', () => {
  const text = `${begin}spec:\n  profile: demo # small\n`
  test.each([
    ['values.global.logAsJson', 'true', `${text}  values:\n    global:\n      logAsJson: true\n`],
    ['spec.revision', 'canary', `${text}  revision: canary\n`],
    ['meshConfig.rootNamespace', '"007"', `${text}  meshConfig:\n    rootNamespace: "007"\n`],
    ['profile', 'minimal', text.replace('demo', 'minimal')],
    ['values.a\\.b', '1', `${text}  values:\n    a.b: 1\n`],
    ['values.missing', '', text],
  ])('%s = %s', (path, value, expected) => expect(setIstioValue(text, path, value)).toBe(expected))

  test('an empty value takes it away', () => {
    const changed = setIstioValue(text, 'values.global.logAsJson', 'true')
    expect(setIstioValue(changed, 'values.global.logAsJson', '')).not.toContain('logAsJson')
  })
  test.each([
    ['', '1'],
    ['values..a', '1'],
    ['values.a[x]', '1'],
    ['values.a', '{'],
  ])('%j = %j is refused', (path, value) => {
    expect(() => setIstioValue(text, path, value)).toThrow(/is no/)
  })
  test('small and back', () => {
    expect(isSmall(text)).toBe(false)
    const small = setSmall(text, true)
    expect(isSmall(small)).toBe(true)
    expect(isSmall(setSmall(small, false))).toBe(false)
  })
})
