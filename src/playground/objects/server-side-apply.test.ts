import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { admit } from './admit.ts'
import { builtInTypes } from './built-in-types.ts'
import { loadSchemas } from './schema-lookup.ts'
import { applyServerSide, trackUpdate } from './server-side-apply.ts'

beforeAll(() => loadSchemas(join(import.meta.dirname, '../../../resources')))

const resource = builtInTypes.find(type => type.plural === 'deployments')!
const now = new Date('2026-01-02T03:04:05.678Z')

const object = (spec: object, labels?: Record<string, string>): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', ...(labels === undefined ? {} : { labels }) },
  spec,
})

const applied = (
  live: KubernetesObject | undefined,
  manager: string,
  spec: object,
  { force = false, labels }: { force?: boolean; labels?: Record<string, string> } = {},
): KubernetesObject => applyServerSide({ live, applied: object(spec, labels), manager, force, resource, now })

const fieldsOf = (of: KubernetesObject, manager: string): unknown =>
  of.metadata.managedFields?.find(entry => entry.manager === manager)?.fieldsV1

const withContainers = (...containers: object[]): object => ({ template: { spec: { containers } } })

describe('an apply', () => {
  test('owns the fields it names, list items by their keys', () => {
    const live = applied(
      undefined,
      'x',
      { replicas: 2, ...withContainers({ name: 'a', image: 'b' }) },
      { labels: { k: 'v' } },
    )
    expect(live.metadata.managedFields).toEqual([
      {
        manager: 'x',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: '2026-01-02T03:04:05Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:k': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:template': {
              'f:spec': { 'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
            },
          },
        },
      },
    ])
  })

  test('removes what it no longer names and nobody else owns', () => {
    const first = applied(undefined, 'x', {
      replicas: 2,
      paused: true,
      ...withContainers({ name: 'a', image: 'a' }, { name: 'b', image: 'b' }),
    })
    const shared = applied(first, 'y', { paused: true })
    const next = applied(shared, 'x', withContainers({ name: 'b', image: 'b' }))
    expect(next.spec).toEqual({ paused: true, ...withContainers({ name: 'b', image: 'b' }) })
    expect(fieldsOf(next, 'y')).toEqual({ 'f:spec': { 'f:paused': {} } })
  })

  test.each([
    ['one', { replicas: 3 }, 'Apply failed with 1 conflict: conflict with "x": .spec.replicas'],
    [
      'some',
      { replicas: 3, ...withContainers({ name: 'a', image: 'z' }) },
      'Apply failed with 2 conflicts: conflicts with "x":\n- .spec.replicas\n- .spec.template.spec.containers[name="a"].image',
    ],
  ])('conflicts with other owners: %s', (_, spec, message) => {
    const live = applied(undefined, 'x', { replicas: 2, ...withContainers({ name: 'a', image: 'b' }) })
    expect(() => applied(live, 'y', spec)).toThrow(expect.objectContaining({ code: 409, message }) as Error)
  })

  test('names the version of an updater, and the field, in the cause of a conflict', () => {
    const live = trackUpdate({
      live: undefined,
      updated: object({ replicas: 1 }),
      manager: 'kubectl-client-side-apply',
      operation: 'Update',
      resource,
      now,
    })
    expect(() => applied(live, 'y', { replicas: 4 })).toThrow(
      expect.objectContaining({
        message:
          'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
        details: {
          causes: [
            {
              reason: 'FieldManagerConflict',
              message: 'conflict with "kubectl-client-side-apply" using apps/v1',
              field: '.spec.replicas',
            },
          ],
        },
      }) as Error,
    )
  })

  test('shares what is equal, takes the rest by force', () => {
    const live = applied(undefined, 'x', { replicas: 2, paused: true })
    const forced = applied(live, 'y', { replicas: 3, paused: true }, { force: true })
    expect(forced.spec).toEqual({ replicas: 3, paused: true })
    expect(fieldsOf(forced, 'x')).toEqual({ 'f:spec': { 'f:paused': {} } })
    expect(fieldsOf(forced, 'y')).toEqual({ 'f:spec': { 'f:paused': {}, 'f:replicas': {} } })
  })

  test('that says the same again changes nothing', () => {
    const live = applied(undefined, 'x', { replicas: 2 })
    const later = new Date('2027-01-01T00:00:00Z')
    expect(
      applyServerSide({
        live,
        applied: object({ replicas: 2 }),
        manager: 'x',
        force: false,
        resource,
        now: later,
      }),
    ).toEqual(live)
  })

  test('of an unknown field fails', () => {
    expect(() => applied(undefined, 'x', { foo: 1 })).toThrow(
      'failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema',
    )
  })
})

describe('an update', () => {
  test('owns what it adds and changes, as the API server records a create', () => {
    const admitted = admit(
      resource,
      object(
        {
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: { containers: [{ name: 'nginx', image: 'nginx', ports: [{ containerPort: 80 }] }] },
          },
        },
        { app: 'web' },
      ),
      { fieldValidation: 'Strict', isUpdate: false },
    ).object
    const created = trackUpdate({
      live: undefined,
      updated: admitted,
      manager: 'kubectl-create',
      operation: 'Update',
      resource,
      now,
    })
    // Copied from a kube-apiserver 1.36.1.
    expect(fieldsOf(created, 'kubectl-create')).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
      'f:spec': {
        'f:progressDeadlineSeconds': {},
        'f:replicas': {},
        'f:revisionHistoryLimit': {},
        'f:selector': {},
        'f:strategy': {
          'f:rollingUpdate': { '.': {}, 'f:maxSurge': {}, 'f:maxUnavailable': {} },
          'f:type': {},
        },
        'f:template': {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"nginx"}': {
                '.': {},
                'f:image': {},
                'f:imagePullPolicy': {},
                'f:name': {},
                'f:ports': {
                  '.': {},
                  'k:{"containerPort":80,"protocol":"TCP"}': {
                    '.': {},
                    'f:containerPort': {},
                    'f:protocol': {},
                  },
                },
                'f:resources': {},
                'f:terminationMessagePath': {},
                'f:terminationMessagePolicy': {},
              },
            },
            'f:dnsPolicy': {},
            'f:restartPolicy': {},
            'f:schedulerName': {},
            'f:securityContext': {},
            'f:terminationGracePeriodSeconds': {},
          },
        },
      },
    })
  })

  test('takes from others what it changes, and keeps a status apart', () => {
    const live = applied(undefined, 'x', { replicas: 2, paused: true })
    const scaled = trackUpdate({
      live,
      updated: { ...live, spec: { replicas: 5, paused: true } },
      manager: 'kubectl',
      operation: 'Update',
      resource,
      now,
    })
    expect(fieldsOf(scaled, 'x')).toEqual({ 'f:spec': { 'f:paused': {} } })
    const observed = trackUpdate({
      live: scaled,
      updated: { ...scaled, status: { replicas: 5 } },
      manager: 'controller',
      operation: 'Update',
      subresource: 'status',
      resource,
      now,
    })
    expect(observed.metadata.managedFields?.find(entry => entry.manager === 'controller')).toMatchObject({
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:replicas': {} } },
    })
  })
})
