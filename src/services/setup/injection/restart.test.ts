import { describe, expect, test } from 'vitest'
import { toProblem, type Problem } from '../../../domain/problem.ts'
import type { KubernetesClient, KubernetesRequest } from '../../clusters/kubernetes-client.ts'
import { workloadsRestart } from '../../../shared/contract/setup/injection.ts'
import { createStepState, type Json } from '../../tasks/step-state.ts'
import type { StepContext } from '../../tasks/task.ts'
import { defineRestart } from './restart-task.ts'
import { readRollout, writeSelector, type RolledOut } from './rollout-state.ts'

const deployment = (status: object, spec: object = {}): RolledOut => ({
  kind: 'Deployment',
  metadata: { generation: 2 },
  spec: { replicas: 2, ...spec },
  status,
})

describe('how far a rollout is', () => {
  const done = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 }
  const late = [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded', message: 'no progress' }]
  test.each<[string, RolledOut, object]>([
    ['done', deployment(done), { isDone: true, ready: 2, wanted: 2 }],
    ['not seen yet', deployment({ ...done, observedGeneration: 1 }), { isDone: false }],
    ['one to come', deployment({ ...done, updatedReplicas: 1 }), { isDone: false, ready: 1 }],
    ['an old one still there', deployment({ ...done, replicas: 3 }), { isDone: false }],
    ['not available', deployment({ ...done, availableReplicas: 1 }), { isDone: false, ready: 1 }],
    [
      'past its deadline',
      deployment({ ...done, availableReplicas: 1, conditions: late }),
      { stuck: 'no progress' },
    ],
    ['of an earlier deadline', deployment({ observedGeneration: 1, conditions: late }), { isDone: false }],
    [
      'paused',
      deployment({ observedGeneration: 2 }, { paused: true }),
      { stuck: expect.any(String) as string },
    ],
    ['of no replicas', deployment({ observedGeneration: 2 }, { replicas: 0 }), { isDone: true, wanted: 0 }],
    [
      'of a DaemonSet',
      {
        kind: 'DaemonSet',
        metadata: {},
        status: { desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberAvailable: 3 },
      },
      { isDone: false, ready: 2, wanted: 3 },
    ],
    [
      'of a StatefulSet with a partition',
      {
        kind: 'StatefulSet',
        metadata: {},
        spec: { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
        status: { updatedReplicas: 1, readyReplicas: 3 },
      },
      { isDone: true, wanted: 1 },
    ],
    [
      'of a StatefulSet by hand',
      { kind: 'StatefulSet', metadata: {}, spec: { updateStrategy: { type: 'OnDelete' } } },
      { stuck: expect.stringContaining('OnDelete') as string },
    ],
  ])('%s', (_name, workload, expected) => {
    expect(readRollout(workload)).toMatchObject(expected)
  })

  test('a selector is written as the API server reads it', () => {
    const selector = {
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'x', operator: 'Exists' },
        { key: 'y', operator: 'DoesNotExist' },
      ],
    }
    expect(writeSelector({ kind: 'Deployment', metadata: {}, spec: { selector } })).toBe(
      'app=web,tier in (a,b),x,!y',
    )
  })
})

function problemOf(run: () => unknown): Problem | undefined {
  try {
    run()
  } catch (error) {
    return toProblem(error)
  }
  return undefined
}

const web = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const
const api = { kind: 'Deployment', namespace: 'shop', name: 'api' } as const

test.each<[string, unknown, string]>([
  ['nothing', null, ''],
  ['no context', { workloads: [web] }, 'context'],
  ['an empty context', { context: '', workloads: [web] }, 'context'],
  ['no workload', { context: 'c', workloads: [] }, 'workloads'],
  [
    'a kind that cannot be restarted',
    { context: 'c', workloads: [{ ...web, kind: 'Job' }] },
    'workloads.0.kind',
  ],
  ['a workload without a name', { context: 'c', workloads: [{ ...web, name: '' }] }, 'workloads.0.name'],
])('an input of %s is rejected', (_name, input, at) => {
  const read = (): unknown => workloadsRestart.readInput(input)
  expect(problemOf(read)).toMatchObject({ code: 'bad-input', at })
})

/** An API server with one Deployment that answers what it is told to. */
function createDependencies(status: object, pods: readonly unknown[] = []) {
  const sent: KubernetesRequest[] = []
  const memory = new Map<string, Json>()
  const client: KubernetesClient = {
    request: () => Promise.reject(new Error('not used')),
    readLines: () => {
      throw new Error('not used')
    },
    readJson(request) {
      sent.push(request)
      return Promise.resolve(
        request.path.endsWith('/pods')
          ? { items: pods }
          : { metadata: { generation: 2 }, spec: { replicas: 1 }, status },
      )
    },
  }
  const step: StepContext = {
    signal: new AbortController().signal,
    log: () => {},
    report: () => {},
    run: () => Promise.reject(new Error('not used')),
    state: createStepState(memory),
    hide: () => {},
  }
  const { steps } = defineRestart({ clusters: { client: () => client }, now: () => 0 }).describe({
    context: 'c',
    workloads: [web, api],
  })
  return { sent, step, steps }
}

test('the template gets the annotation once, also when the task is resumed', async () => {
  const ready = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 }
  const { sent, step, steps } = createDependencies(ready)
  await steps[0]?.run(step)
  await steps[0]?.run(step)
  const patches = sent.filter(({ method }) => method === 'PATCH')
  expect(patches.map(({ path, body }) => [path, body])).toEqual([
    [
      '/apis/apps/v1/namespaces/shop/deployments/web',
      JSON.stringify({
        spec: {
          template: {
            metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '1970-01-01T00:00:00.000Z' } },
          },
        },
      }),
    ],
  ])
})

test('a pod that never gets ready is named with its reason, and what was not restarted', async () => {
  const pod = {
    metadata: { name: 'web-1' },
    status: {
      containerStatuses: [
        { name: 'app', state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m' } } },
      ],
    },
  }
  const late = [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded', message: 'no progress' }]
  const { step, steps } = createDependencies({ observedGeneration: 2, conditions: late }, [pod])
  const problem = await steps[0]?.run(step).then(() => undefined, toProblem)
  expect(problem?.message).toBe(
    'Deployment shop/web was restarted and does not come up: no progress (pod web-1: app CrashLoopBackOff: back-off 5m)',
  )
  const [first] = steps
  const left = first && first.cleanUp !== 'nothing' ? await first.cleanUp(step, 'failed') : []
  expect(left).toEqual([
    'Deployment shop/web is being restarted: the cluster continues with it.',
    'Not restarted: Deployment shop/api.',
  ])
})
