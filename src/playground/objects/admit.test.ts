import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { admit, type AdmitOptions } from './admit.ts'
import { builtInTypes } from './built-in-types.ts'
import { typesOfCrd } from './custom-types.ts'
import { loadSchemas } from './schema-lookup.ts'
import type { ServedResource } from './served-resource.ts'
import { StatusError } from './status-error.ts'

beforeAll(() => loadSchemas(join(import.meta.dirname, '../../../resources')))

const builtIn = (plural: string): ServedResource => builtInTypes.find(type => type.plural === plural)!

const crd: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'routes.mesh.example' },
  spec: {
    group: 'mesh.example',
    scope: 'Namespaced',
    names: { kind: 'Route', plural: 'routes' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  hosts: { type: 'array', minItems: 1, items: { type: 'string', pattern: '^[a-z.]+$' } },
                  weight: { type: 'integer', minimum: 0, maximum: 100, default: 1 },
                  mode: { type: 'string', enum: ['A', 'B'] },
                  port: { 'x-kubernetes-int-or-string': true },
                  ports: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
                  },
                  open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  match: {
                    type: 'object',
                    properties: { exact: { type: 'string' }, prefix: { type: 'string' } },
                    oneOf: [{ required: ['exact'] }, { required: ['prefix'] }],
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
}
const route = typesOfCrd(crd)[0]!

const strict: AdmitOptions = { fieldValidation: 'Strict', isUpdate: false }

function refusal(resource: ServedResource, object: object, options = strict): StatusError {
  const { group, version, kind } = resource
  try {
    admit(resource, { apiVersion: group === '' ? version : `${group}/${version}`, kind, ...object }, options)
  } catch (error) {
    if (error instanceof StatusError) return error
    throw error
  }
  throw new Error('the object was admitted')
}

const template = (labels: object, container: object = { name: 'a', image: 'b' }): object => ({
  metadata: { labels },
  spec: { containers: [container] },
})

// Every message is what a kube-apiserver 1.36.1 answered to the same object.
describe('a built-in object is refused in the words of the API server', () => {
  test.each([
    [
      'deployments',
      { metadata: { name: 'a' } },
      'Deployment.apps "a" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`, spec.template.spec.containers: Required value]',
    ],
    [
      'deployments',
      {
        metadata: { name: 'a' },
        spec: { selector: { matchLabels: { a: 'b' } }, template: template({ a: 'c' }) },
      },
      'Deployment.apps "a" is invalid: spec.template.metadata.labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`',
    ],
    [
      'deployments',
      {
        metadata: { name: 'a', foo: 1 },
        spec: {
          bar: 1,
          selector: { matchLabels: { a: 'b' } },
          template: template({ a: 'b' }, { name: 'x', imag: 'd' }),
        },
      },
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "metadata.foo", unknown field "spec.bar", unknown field "spec.template.spec.containers[0].imag"',
    ],
    [
      'deployments',
      { metadata: { name: 'a' }, spec: { replicas: '3' } },
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'deployments',
      { metadata: { name: 'a' }, spec: { template: { spec: { containers: {} } } } },
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
    [
      'services',
      { metadata: { name: 'q' }, spec: { type: 'Foo', ports: [{ port: 80 }, { port: 70000 }] } },
      'Service "q" is invalid: [spec.ports[0].name: Required value, spec.ports[1].name: Required value, spec.ports[1].port: Invalid value: 70000: must be between 1 and 65535, inclusive, spec.ports[1].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive, spec.type: Unsupported value: "Foo": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]',
    ],
    [
      'namespaces',
      { metadata: { name: 'x.x' } },
      'Namespace "x.x" is invalid: metadata.name: Invalid value: "x.x": must not contain dots',
    ],
    [
      'configmaps',
      { metadata: {}, data: {} },
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
  ])('%s', (plural, object, message) => {
    expect(refusal(builtIn(plural), object).message).toBe(message)
  })

  test('what may not change is compared with the stored object', () => {
    const deployment = builtIn('deployments')
    const previous = admit(
      deployment,
      {
        metadata: { name: 'web' },
        spec: { selector: { matchLabels: { app: 'web' } }, template: template({ app: 'web' }) },
      },
      strict,
    ).object
    const changed = {
      ...previous,
      spec: { ...(previous.spec as object), selector: { matchLabels: { app: 'x' } } },
    }
    expect(refusal(deployment, changed, { ...strict, isUpdate: true, previous })).toMatchObject({
      code: 422,
      message:
        'Deployment.apps "web" is invalid: [spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`, spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is immutable]',
      details: { name: 'web', group: 'apps', kind: 'Deployment' },
    })
  })
})

describe('a custom object is refused by its structural schema', () => {
  test.each([
    [
      { hosts: 'a' },
      'FieldValueTypeInvalid',
      'spec.hosts',
      'Invalid value: "string": spec.hosts in body must be of type array: "string"',
    ],
    [
      { hosts: [] },
      'FieldValueInvalid',
      'spec.hosts',
      'Invalid value: 0: spec.hosts in body should have at least 1 items',
    ],
    [
      { hosts: ['A'] },
      'FieldValueInvalid',
      'spec.hosts[0]',
      `Invalid value: "A": spec.hosts[0] in body should match '^[a-z.]+$'`,
    ],
    [
      { weight: 101 },
      'FieldValueInvalid',
      'spec.weight',
      'Invalid value: 101: spec.weight in body should be less than or equal to 100',
    ],
    [
      { mode: 'X' },
      'FieldValueNotSupported',
      'spec.mode',
      'Unsupported value: "X": supported values: "A", "B"',
    ],
    [{ ports: [{}] }, 'FieldValueRequired', 'spec.ports[0].name', 'Required value'],
    [
      { ports: [{ name: 'a' }, { name: 'a' }] },
      'FieldValueDuplicate',
      'spec.ports[1]',
      'Duplicate value: {"name":"a"}',
    ],
    [
      { match: { exact: 'a', prefix: 'b' } },
      'FieldValueInvalid',
      '<nil>',
      'Invalid value: "": "spec.match" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ],
  ])('%j', (spec, reason, field, message) => {
    expect(refusal(route, { metadata: { name: 'a' }, spec }).details?.causes).toEqual([
      { reason, message, field },
    ])
  })

  test('the kind and the version are those of the path', () => {
    expect(refusal(route, { kind: 'Other', metadata: { name: 'q' } }).message).toBe(
      'Other.mesh.example "q" is invalid: kind: Invalid value: "Other": must be Route',
    )
    expect(refusal(route, { apiVersion: 'mesh.example/v2' }).message).toBe(
      'the API version in the data (mesh.example/v2) does not match the expected API version (mesh.example/v1)',
    )
  })
})

describe('an admitted object', () => {
  test('has defaults and no unknown fields, of which it warns', () => {
    const object = {
      apiVersion: 'mesh.example/v1',
      kind: 'Route',
      metadata: { name: 'a' },
      spec: { foo: 1, port: 'http', open: { any: [1] } },
    }
    expect(admit(route, object, { ...strict, fieldValidation: 'Warn' })).toMatchObject({
      object: { spec: { weight: 1, port: 'http', open: { any: [1] } } },
      warnings: ['unknown field "spec.foo"'],
    })
    expect(admit(route, object, { ...strict, fieldValidation: 'Ignore' }).object.spec).not.toHaveProperty(
      'foo',
    )
  })

  test('a Deployment is filled as the API server fills it', () => {
    const { object } = admit(
      builtIn('deployments'),
      {
        metadata: { name: 'web', annotations: {} },
        spec: {
          selector: { matchLabels: { app: 'web' } },
          template: template(
            { app: 'web' },
            { name: 'nginx', image: 'nginx', ports: [{ containerPort: 80 }] },
          ),
        },
      },
      strict,
    )
    expect(object).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [
              {
                name: 'nginx',
                image: 'nginx',
                ports: [{ containerPort: 80, protocol: 'TCP' }],
                resources: {},
                terminationMessagePath: '/dev/termination-log',
                terminationMessagePolicy: 'File',
                imagePullPolicy: 'Always',
              },
            ],
            restartPolicy: 'Always',
            terminationGracePeriodSeconds: 30,
            dnsPolicy: 'ClusterFirst',
            securityContext: {},
            schedulerName: 'default-scheduler',
          },
        },
      },
      status: {},
    })
  })

  test('a Service keeps its address', () => {
    const service = builtIn('services')
    const object = { metadata: { name: 'web', namespace: 'default' }, spec: { ports: [{ port: 80 }] } }
    const previous = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { clusterIP: '10.96.9.9' },
    }
    const spec = admit(service, object, { ...strict, isUpdate: true, previous }).object.spec
    expect(spec).toMatchObject({
      clusterIP: '10.96.9.9',
      clusterIPs: ['10.96.9.9'],
      type: 'ClusterIP',
      ports: [{ targetPort: 80, protocol: 'TCP' }],
    })
  })
})
