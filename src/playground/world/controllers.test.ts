import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fieldsOf, listOf } from '../../domain/istio/fields/read-fields.ts'
import { collections } from './collections.ts'
import type { TestWorld } from './world-fixture.ts'
import { count, pass, pods, scaled, startTestWorld } from './world-fixture.ts'

let store: TestWorld['store']
let world: TestWorld['world']
let stop: () => void

beforeEach(() => {
  ;({ store, world, stop } = startTestWorld(vi))
})

afterEach(() => stop())

describe('the world at its start', () => {
  test('has ready pods with sidecars, endpoints and addresses', () => {
    const ready = pods().filter(pod =>
      listOf(fieldsOf(pod.status)['conditions']).some(
        item => fieldsOf(item)['type'] === 'Ready' && fieldsOf(item)['status'] === 'True',
      ),
    )
    expect(ready).toHaveLength(12)
    expect(pods('myapp').map(pod => listOf(fieldsOf(pod.spec)['initContainers']).length)).toEqual([
      2, 2, 2, 2, 2,
    ])
    const service = store.get(collections.services, 'default', 'myapp')
    expect(fieldsOf(service?.spec)['clusterIP']).toMatch(/^10\.96\./)
    const slice = store
      .list(collections.endpointSlices, 'default')
      .find(item => item.metadata.labels?.['kubernetes.io/service-name'] === 'myapp')
    expect(slice?.['endpoints']).toHaveLength(5)
    expect(fieldsOf(store.get(collections.deployments, 'default', 'myapp-v1')?.status)).toMatchObject({
      readyReplicas: 3,
      availableReplicas: 3,
      observedGeneration: 1,
    })
  })

  test('has figures before any time has passed', async () => {
    const counts = await count(pods('istio-ingress', 'istio-system'), { reporter: 'source' }, ['reporter'])
    expect(counts['source']).toBeGreaterThan(50)
  })
})

describe('controllers', () => {
  test('make a new pod for a deleted one, which is not ready at once', async () => {
    const [gone] = pods('myapp-v2')
    store.remove(collections.pods, 'default', gone!.metadata.name)
    await pass(0)
    expect(pods('myapp-v2')).toHaveLength(2)
    const phases = pods('myapp-v2').map(pod => fieldsOf(pod.status)['phase'])
    expect(phases).toContain('Pending')
    await pass(3)
    expect(fieldsOf(store.get(collections.deployments, 'default', 'myapp-v2')?.status)['readyReplicas']).toBe(
      2,
    )
    expect(pods('myapp-v2').map(pod => pod.metadata.name)).not.toContain(gone!.metadata.name)
  })

  test('roll a restart out with a new ReplicaSet and never fewer pods than allowed', async () => {
    const deployment = store.get(collections.deployments, 'default', 'myapp-v1')!
    const template = fieldsOf(fieldsOf(deployment.spec)['template'])
    const metadata = fieldsOf(template['metadata'])
    const annotations = { ...fieldsOf(metadata['annotations']), 'kubectl.kubernetes.io/restartedAt': 'now' }
    store.update(collections.deployments, {
      ...deployment,
      spec: {
        ...fieldsOf(deployment.spec),
        template: { ...template, metadata: { ...metadata, annotations } },
      },
    })
    const available: unknown[] = []
    const stop = store.subscribe(({ collection, object }) => {
      if (collection.plural === 'deployments') available.push(fieldsOf(object.status)['availableReplicas'])
    })
    await pass(20)
    stop()
    const sets = store
      .list(collections.replicaSets, 'default')
      .filter(set => set.metadata.name.startsWith('myapp-v1'))
    expect(sets.map(set => fieldsOf(set.spec)['replicas']).sort()).toEqual([0, 3])
    expect(Math.min(...available.map(Number))).toBeGreaterThanOrEqual(3)
    const after = store.get(collections.deployments, 'default', 'myapp-v1')!
    expect(after.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2')
    expect(fieldsOf(after.status)).toMatchObject({ updatedReplicas: 3, replicas: 3, observedGeneration: 2 })
    expect(fieldsOf(after.status)['unavailableReplicas']).toBeUndefined()
  })

  test('scale', async () => {
    store.update(collections.deployments, scaled('myapp-v1', 5))
    await pass(3)
    expect(pods('myapp-v1')).toHaveLength(5)
    store.update(collections.deployments, scaled('myapp-v1', 1))
    await pass(3)
    expect(pods('myapp-v1')).toHaveLength(1)
  })

  test('run a Job to its end', async () => {
    store.create(collections.jobs, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once', namespace: 'kube-system' },
      spec: {
        completions: 2,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'once', image: 'once:1' }] } },
      },
    })
    await pass(15)
    expect(fieldsOf(store.get(collections.jobs, 'kube-system', 'once')?.status)).toMatchObject({
      succeeded: 2,
    })
  })

  test('nothing failed in a controller', async () => {
    await pass(5)
    const warnings = store.list(collections.events).filter(event => event['type'] === 'Warning')
    expect(warnings.map(event => event['message'])).toEqual([])
  })
})

describe('logs', () => {
  test('an access log line has Istio’s default format, and following ends with the pod', async () => {
    const [pod] = pods('frontend')
    const lines: string[] = []
    const options = { container: 'istio-proxy', isFollowed: true, tailLines: 2, hasTimestamps: false }
    const reading = (async () => {
      for await (const line of world.workloads.readLog(pod!, options, new AbortController().signal))
        lines.push(line)
    })()
    await pass(2)
    expect(lines.length).toBeGreaterThan(10)
    expect(lines.find(line => line.includes('"api"') && line.includes('outbound'))).toMatch(
      /^\[2026-\S+Z\] "GET \/api\/orders HTTP\/1\.1" 200 - via_upstream - "-" 0 \d+ \d+ \d+ "-" "[^"]+" "[0-9a-f-]{36}" "api" "10\.244\.\d+\.\d+:8080" outbound\|80\|\|api\.default\.svc\.cluster\.local 10\.244\S+ 10\.96\.\S+:80 10\.244\S+ - default$/,
    )
    store.remove(collections.pods, 'default', pod!.metadata.name)
    await reading
  })
})
