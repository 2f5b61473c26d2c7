import { expect, test } from 'vitest'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { deactivateInjector, defaultTagObjects, setsDefaultTag } from './default-tag.ts'

const object = (
  kind: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  rest: object,
): KubernetesObject => ({ apiVersion: 'v1', kind, metadata: { name, labels }, ...rest })
const manifest = (revision: string): readonly KubernetesObject[] => {
  const suffix = revision === 'default' ? '' : `-${revision}`
  const labels = { 'istio.io/rev': revision }
  return [
    object('MutatingWebhookConfiguration', `istio-sidecar-injector${suffix}`, labels, {
      webhooks: [{ name: 'rev.namespace.sidecar-injector.istio.io', failurePolicy: 'Fail' }],
    }),
    object('ValidatingWebhookConfiguration', `istio-validator${suffix}-istio-system`, labels, {
      webhooks: [{ name: 'rev.validation.istio.io', failurePolicy: 'Ignore' }],
    }),
    object('Service', `istiod${suffix}`, { ...labels, istio: 'pilot' }, { spec: { ports: [{ port: 443 }] } }),
  ]
}
const injector = object('MutatingWebhookConfiguration', 'x', { app: 'sidecar-injector' }, {})

test.each([
  ['the installation without a revision', manifest('default'), 'default', [injector], true],
  ['the first installation, with a revision', manifest('canary'), 'canary', [], true],
  ['a second one with a revision', manifest('canary'), 'canary', [injector], false],
  ['one without an injector', [], 'default', [], false],
] as const)('the default tag comes with %s', (_name, objects, revision, live, expected) => {
  expect(setsDefaultTag(objects, revision, live)).toBe(expected)
})

test("the default tag's objects, as istioctl 1.31.0 leaves them", () => {
  const [webhook, validator, service] = defaultTagObjects(manifest('canary'))
  expect(webhook).toMatchObject({
    metadata: {
      name: 'istio-revision-tag-default',
      labels: { 'istio.io/rev': 'canary', 'istio.io/tag': 'default' },
    },
    webhooks: [
      { name: 'rev.namespace.sidecar-injector.istio.io', failurePolicy: 'Fail' },
      { name: 'rev.object.sidecar-injector.istio.io' },
      { name: 'namespace.sidecar-injector.istio.io' },
      { name: 'object.sidecar-injector.istio.io' },
    ],
  })
  expect(validator).toMatchObject({
    metadata: { name: 'istiod-default-validator' },
    webhooks: [
      {
        name: 'validation.istio.io',
        objectSelector: { matchExpressions: [{ key: 'istio.io/rev', operator: 'DoesNotExist' }] },
      },
    ],
  })
  expect(service).toMatchObject({
    metadata: { name: 'istiod-revision-tag-default' },
    spec: { ports: [{ port: 443 }], selector: { app: 'istiod', 'istio.io/rev': 'canary' } },
  })
})

test('the injector without a revision hands over to the tag; that of a revision stays', () => {
  const never = { matchLabels: { 'istio.io/deactivated': 'never-match' } }
  const [own] = manifest('default').map(deactivateInjector)
  expect(own).toMatchObject({ webhooks: [{ namespaceSelector: never, objectSelector: never }] })
  const [other] = manifest('canary')
  expect(other && deactivateInjector(other)).toBe(other)
})
