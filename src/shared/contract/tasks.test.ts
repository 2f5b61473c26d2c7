import { describe, expect, test } from 'vitest'
import { toProblem } from '../../domain/problem.ts'
import type { TaskContract, TaskProgress, TaskSubject } from './define-task.ts'
import { addOnsInstall, addOnsRemove } from './setup/add-ons.ts'
import {
  clusterCreate,
  clusterDelete,
  clusterStart,
  clusterStop,
  imageLoad,
  loadBalancer,
} from './setup/clusters.ts'
import { workloadsRestart } from './setup/injection.ts'
import { istioInstall, istioTag, istioUninstall } from './setup/istio.ts'
import { linkerdInstall, linkerdUninstall, linkerdUpgrade, linkerdViz } from './setup/linkerd.ts'
import { localMesh } from './setup/local-mesh.ts'
import { toolInstall } from './setup/tools.ts'
import { findTask, readTaskRequest } from './tasks.ts'

const cluster = { provider: 'kind', name: 'dev' } as const
const onCluster = { context: 'kind-dev', cluster }
const mesh = { mesh: 'istio', profile: 'demo', gatewayApi: '1.5.1', readyWithin: 300 }
const own = { kind: 'kind', name: 'dev', config: 'x', ports: { http: 80, https: 443 } }
const existing = { kind: 'existing', context: 'prod' }
const workloads = [{ kind: 'Deployment', namespace: 'shop', name: 'web' }]
const context = 'prod'
const onIstio = { context, mesh: 'istio' } as const
const onLinkerd = { context, mesh: 'linkerd' } as const

const row = <Input>(
  task: Pick<TaskContract<string, Input, unknown>, 'kind' | 'readInput' | 'subjectOf'>,
  input: object,
  subject: TaskSubject,
) => ({ kind: task.kind, input, subject, read: () => task.subjectOf(task.readInput(input)) })

test.each([
  row(localMesh, { ...mesh, target: existing }, onIstio),
  row(localMesh, { ...mesh, target: own }, { ...onCluster, mesh: 'istio' }),
  row(clusterCreate, { ...cluster, config: 'kind: Cluster' }, onCluster),
  row(clusterDelete, cluster, onCluster),
  row(clusterStart, cluster, onCluster),
  row(
    clusterStop,
    { provider: 'minikube', name: 'dev' },
    { context: 'dev', cluster: { provider: 'minikube', name: 'dev' } },
  ),
  row(imageLoad, { ...cluster, image: 'shop:dev' }, onCluster),
  row(loadBalancer, cluster, onCluster),
  row(istioInstall, { context, options: '{}' }, onIstio),
  row(istioUninstall, { context }, onIstio),
  row(istioTag, { context, tag: 'stable' }, onIstio),
  row(linkerdInstall, { context, isHighAvailability: false, hasViz: true }, onLinkerd),
  row(linkerdUpgrade, { context }, onLinkerd),
  row(linkerdUninstall, { context }, onLinkerd),
  row(linkerdViz, { context, isOn: true }, onLinkerd),
  row(addOnsInstall, { context, names: ['jaeger'] }, { context }),
  row(addOnsRemove, { context, names: ['jaeger'] }, { context }),
  row(workloadsRestart, { context, workloads }, { context }),
  // As its project writes it, so that the file that waits for a confirmation is found by it.
  row(toolInstall, { tool: 'kind', version: ' v0.32.0 ' }, { tool: { name: 'kind', version: '0.32.0' } }),
])('$kind names what it works on, and its request is read', ({ kind, input, subject, read }) => {
  expect(read()).toEqual(subject)
  expect(readTaskRequest({ kind, input }).kind).toBe(kind)
  expect(findTask(kind)?.kind).toBe(kind)
})

describe('an outcome', () => {
  const progress: TaskProgress = {
    id: '1',
    title: 'Local mesh',
    subject: {},
    state: 'done',
    steps: [],
    startedAt: 0,
    leftovers: [],
  }
  const outcome = { context, links: [], warnings: [] }
  test.each<[string, Partial<TaskProgress>, unknown, unknown]>([
    ['is that of the task that is done', {}, outcome, outcome],
    ['is none before', { state: 'running' }, outcome, undefined],
    ['of another form is none', {}, { context: 7 }, undefined],
    ['that was never written is none', {}, undefined, undefined],
  ])('%s', (_, change, written, expected) => {
    expect(localMesh.summarize({ ...progress, ...change }, written).outcome).toEqual(expected)
  })

  test('of a kind without one is not there', () => {
    expect(clusterStart.summarize(progress, outcome)).toEqual({ ...progress, kind: 'cluster-start' })
  })
})

test.each<[unknown, string]>([
  [{ kind: 'constructor', input: {} }, 'unsupported'],
  [{ kind: 'cluster-start' }, 'bad-input'],
  [{ kind: 'cluster-start', input: { provider: 'kind', name: '-v' } }, 'bad-input'],
  [{ kind: 'add-ons-install', input: { context, names: [] } }, 'bad-input'],
  [{ kind: 7, input: {} }, 'bad-input'],
  ['cluster-start', 'bad-input'],
])('%j starts nothing: %s', (value, code) => {
  let found: string | undefined
  try {
    readTaskRequest(value)
  } catch (error) {
    found = toProblem(error).code
  }
  expect(found).toBe(code)
})
