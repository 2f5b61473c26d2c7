import { expect, test } from 'vitest'
import { ProblemError } from '../../../domain/problem.ts'
import type { KubernetesObject, ResourceType } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { Backend } from '../../../shared/contract.ts'
import type { ResourceEvent } from '../../../shared/contract/resources.ts'
import type { InjectionReport } from '../../../shared/contract/setup/injection.ts'
import { createInjection } from './injection.ts'

const object = (
  kind: string,
  name: string,
  namespace: string | undefined,
  more: object = {},
): KubernetesObject => ({
  apiVersion: 'v1',
  kind,
  ...more,
  metadata: {
    name,
    uid: `${kind}/${namespace ?? ''}/${name}`,
    ...(namespace === undefined ? {} : { namespace }),
    ...('metadata' in more ? (more.metadata as object) : {}),
  },
})

const shop = object('Namespace', 'shop', undefined, {
  metadata: { labels: { 'istio-injection': 'enabled' } },
})
const istiod = object('Deployment', 'istiod', 'istio-system', {
  metadata: { labels: { app: 'istiod', 'istio.io/rev': 'default' } },
  spec: { template: { spec: { containers: [{ image: 'istio/pilot:1.31.0' }] } } },
})
const web = object('Deployment', 'web', 'shop', {
  spec: { template: { metadata: { labels: { app: 'web' } } } },
})
const podOf = (name: string): KubernetesObject =>
  object('Pod', name, 'shop', {
    metadata: {
      labels: { 'pod-template-hash': 'abc' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-abc', controller: true }],
    },
    spec: { containers: [{ name: 'app' }] },
  })

/** Lists of a cluster whose webhooks the user may not read. */
function createResources(lists: Readonly<Record<string, readonly KubernetesObject[]>>) {
  const more: ResourceEvent[] = []
  let wake = (): void => {}
  const watchResources: Backend['watchResources'] = async function* ({ types }, signal) {
    for (const type of types as readonly ResourceType[])
      if (type.plural === 'mutatingwebhookconfigurations')
        yield { kind: 'failed', type, problem: { code: 'forbidden', message: 'not allowed' } }
      else yield { kind: 'snapshot', type, items: lists[type.plural] ?? [] }
    const abort = (): void => wake()
    signal.addEventListener('abort', abort)
    while (!signal.aborted) {
      for (const event of more.splice(0)) yield event
      await new Promise<void>(resolve => (wake = resolve))
    }
  }
  return {
    watchResources,
    tell(event: ResourceEvent) {
      more.push(event)
      wake()
    },
  }
}

async function take(reports: AsyncIterator<InjectionReport>): Promise<InjectionReport> {
  const next = await reports.next()
  if (next.done === true) throw new Error('the stream has ended')
  return next.value
}

const pods: ResourceType = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', isNamespaced: true }

test('without the right to read webhooks it is judged as by ordinary ones, which is said, and changes are followed', async () => {
  const resources = createResources({
    namespaces: [shop],
    deployments: [istiod, web],
    pods: [podOf('web-abc-1')],
  })
  const stop = new AbortController()
  const stream = createInjection({ resources }).watchInjection({ context: 'c', namespaces: [] }, stop.signal)
  const reports = stream[Symbol.asyncIterator]()
  const first = await take(reports)
  expect(first.problems[0]?.message).toContain('defaults of an ordinary installation')
  expect(first.namespaces[0]?.counts).toMatchObject({ pods: 1, out: 1, late: 1 })
  resources.tell({ kind: 'changes', type: pods, put: [podOf('web-abc-2')], removed: [] })
  const second = await take(reports)
  expect(second.namespaces[0]?.counts).toMatchObject({ pods: 2, late: 2 })
  stop.abort()
  expect((await reports.next()).done).toBe(true)
})

test('a plan tells the patch and what it does, and that a workload is missing', async () => {
  const resources = createResources({
    namespaces: [shop],
    deployments: [istiod, web],
    pods: [podOf('web-abc-1')],
  })
  const { planInjection } = createInjection({ resources })
  const { signal } = new AbortController()
  const ask = (name: string) =>
    planInjection(
      { context: 'c', namespace: 'shop', workload: { kind: 'Deployment', name }, change: { kind: 'off' } },
      signal,
    )
  await expect(ask('web')).resolves.toMatchObject({
    id: { kind: 'Deployment', name: 'web' },
    patch: { spec: { template: { metadata: { labels: { 'sidecar.istio.io/inject': 'false' } } } } },
    effects: [],
    isSame: false,
  })
  await expect(ask('gone')).rejects.toThrow(ProblemError)
  const same = await planInjection({ context: 'c', namespace: 'shop', change: { kind: 'default' } }, signal)
  expect(same.isSame).toBe(true)
})

test('a cluster of 10,000 pods is summarized by workload', async () => {
  const many = Array.from({ length: 10_000 }, (_, index) => podOf(`web-abc-${index}`))
  const resources = createResources({ namespaces: [shop], deployments: [istiod, web], pods: many })
  const stop = new AbortController()
  const stream = createInjection({ resources }).watchInjection({ context: 'c', namespaces: [] }, stop.signal)
  for await (const { namespaces } of stream) {
    expect(namespaces[0]?.counts.pods).toBe(10_000)
    expect(JSON.stringify(namespaces).length).toBeLessThan(5_000)
    break
  }
  stop.abort()
})
