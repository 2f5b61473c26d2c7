import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toProblem } from '../../domain/problem.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { basisOf, openTestChanges, signal, type TestChanges } from './test-changes.ts'

let own: TestChanges
beforeAll(async () => (own = await openTestChanges()))
afterAll(() => own.stop())

const context = 'playground'
const LIST = '/apis/networking.istio.io/v1/namespaces/default/virtualservices'
const idOf = (name: string) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  namespace: 'default',
  name,
})
const route = (name: string, timeout: string): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ${name}
spec:
  hosts: [${name}]
  http:
  - route:
    - destination: {host: ${name}}
    timeout: ${timeout}
`
/** A colleague adds a label meanwhile. */
const change = (name: string): Promise<KubernetesObject> =>
  own.request({
    method: 'PATCH',
    path: `${LIST}/${name}`,
    query: { fieldManager: 'colleague' },
    contentType: 'application/merge-patch+json',
    body: JSON.stringify({ metadata: { labels: { colleague: 'was-here' } } }),
  })
const timeoutOf = ({ spec }: KubernetesObject): unknown =>
  (spec as { http: { timeout?: string }[] }).http[0]?.timeout
const read = (name: string): Promise<KubernetesObject> => own.request({ path: `${LIST}/${name}` })

describe('a change that a colleague came before is refused, and nothing is lost', () => {
  test('apply', async () => {
    await own.apply(route('applied', '1s'))
    const plan = await own.plan(route('applied', '2s'))
    await change('applied')
    expect(await own.apply(route('applied', '2s'), [], plan).catch(toProblem)).toMatchObject({
      code: 'conflict',
    })
    expect(timeoutOf(await read('applied'))).toBe('1s')
    // Planned again it goes through, and the colleague's label stays.
    await own.apply(route('applied', '2s'))
    expect(await read('applied')).toMatchObject({ metadata: { labels: { colleague: 'was-here' } } })
  })

  test('revert', async () => {
    await own.apply(route('reverted', '1s'))
    const entry = await own.apply(route('reverted', '2s'))
    const plan = await own.changes.planRevert({ entry: entry.id }, signal)
    await change('reverted')
    expect(await own.revert(entry.id, plan).catch(toProblem)).toMatchObject({ code: 'conflict' })
    expect(await read('reverted')).toMatchObject({ metadata: { labels: { colleague: 'was-here' } } })
    expect(timeoutOf(await read('reverted'))).toBe('2s')
    const again = await own.changes.planRevert({ entry: entry.id }, signal)
    expect(again.steps).toMatchObject([{ isChangedSince: true }])
  })

  test('delete', async () => {
    await own.apply(route('deleted', '1s'))
    const input = { context, id: idOf('deleted') }
    const basis = basisOf(await own.changes.planDelete(input, signal))
    await change('deleted')
    expect(await own.changes.applyDelete({ ...input, basis }, signal).catch(toProblem)).toMatchObject({
      code: 'conflict',
    })
    expect(await read('deleted')).toMatchObject({ metadata: { name: 'deleted' } })
  })

  test('patch', async () => {
    await own.apply(route('patched', '1s'))
    const input = {
      context,
      patches: [{ id: idOf('patched'), patch: { metadata: { labels: { colleague: 'gone' } } } }],
    }
    const basis = basisOf(await own.changes.planPatches(input, signal))
    await change('patched')
    expect(
      await own.changes.applyPatches({ ...input, basis, title: 'A patch' }, signal).catch(toProblem),
    ).toMatchObject({ code: 'conflict' })
    expect(await read('patched')).toMatchObject({ metadata: { labels: { colleague: 'was-here' } } })
  })

  test('create, where there was nothing', async () => {
    const plan = await own.plan(route('created', '1s'))
    await own.request({
      method: 'POST',
      path: LIST,
      query: { fieldManager: 'colleague' },
      body: JSON.stringify({
        ...idOf('created'),
        metadata: { name: 'created' },
        spec: { hosts: ['theirs'], http: [{ route: [{ destination: { host: 'theirs' } }], timeout: '9s' }] },
      }),
    })
    expect(await own.apply(route('created', '1s'), [], plan).catch(toProblem)).toMatchObject({
      code: 'conflict',
    })
    expect(timeoutOf(await read('created'))).toBe('9s')
  })

  test('an object that was deleted and made again under its name', async () => {
    await own.apply(route('again', '1s'))
    const plan = await own.plan(route('again', '2s'))
    await own.request({ method: 'DELETE', path: `${LIST}/again` })
    await own.apply(route('again', '1s'))
    expect(await own.apply(route('again', '2s'), [], plan).catch(toProblem)).toMatchObject({
      code: 'conflict',
    })
  })

  test('a field whose owner is another now', async () => {
    await own.apply(route('owned', '1s'))
    const plan = await own.plan(route('owned', '2s'), ['networking.istio.io/VirtualService/default/owned'])
    await own.request({
      method: 'PATCH',
      path: `${LIST}/owned`,
      query: { fieldManager: 'colleague' },
      contentType: 'application/apply-patch+yaml',
      body: route('owned', '1s'),
    })
    const force = ['networking.istio.io/VirtualService/default/owned']
    expect(await own.apply(route('owned', '2s'), force, plan).catch(toProblem)).toMatchObject({
      code: 'conflict',
    })
  })

  test('a text that is another than the reviewed one', async () => {
    const plan = await own.plan(route('one', '1s'))
    const text = `${route('one', '1s')}---\n${route('two', '1s')}`
    expect(await own.apply(text, [], plan).catch(toProblem)).toMatchObject({ code: 'conflict' })
    expect((await own.plan(route('one', '1s'))).steps).toMatchObject([{ action: 'create' }])
  })
})

test('what only a controller wrote meanwhile is no conflict', async () => {
  const deployment = '/apis/apps/v1/namespaces/default/deployments/myapp-v1'
  const { metadata } = await own.request({ path: deployment })
  const id = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: metadata.name }
  const input = { context, patches: [{ id, patch: { metadata: { labels: { seen: 'yes' } } } }] }
  const basis = basisOf(await own.changes.planPatches(input, signal))
  await own.request({
    method: 'PATCH',
    path: `${deployment}/status`,
    contentType: 'application/merge-patch+json',
    body: JSON.stringify({ status: { observedGeneration: 77 } }),
  })
  expect(await own.changes.applyPatches({ ...input, basis, title: 'A label' }, signal)).toMatchObject({
    state: 'applied',
  })
})

test('an object that is in a text twice is said at its line', async () => {
  const { problems, steps } = await own.plan(`${route('twice', '1s')}---\n${route('twice', '2s')}`)
  expect(steps).toHaveLength(1)
  expect(problems).toMatchObject([{ code: 'bad-input', at: 'metadata.name', line: 15 }])
})

test('a plan that is half carried out says which steps were', async () => {
  await own.apply(route('half-b', '1s'))
  const text = ['half-a', 'half-b', 'half-c'].map(name => route(name, '2s')).join('---\n')
  // The colleague comes when the first step has been carried out.
  own.beforeRequest(async ({ path, query }) => {
    if (!path.endsWith('half-b') || query?.['fieldManager'] === 'colleague') return
    if (query?.['dryRun'] !== undefined || query?.['fieldManager'] === undefined) return
    own.beforeRequest(undefined)
    await change('half-b')
  })
  const entry = await own.apply(text)
  expect(entry.state).toBe('partly')
  expect(entry.steps.map(({ outcome }) => outcome)).toEqual(['applied', 'failed', 'skipped'])
  expect(entry.steps[1]?.problem).toMatchObject({ code: 'conflict' })
  expect(timeoutOf(await read('half-b'))).toBe('1s')
  // What was carried out can be taken back, and nothing else is touched by it.
  const { steps } = await own.changes.planRevert({ entry: entry.id }, signal)
  expect(steps).toMatchObject([{ id: { name: 'half-a' }, action: 'delete' }])
})

test('an object that a colleague makes while the plan is carried out is not taken over', async () => {
  own.beforeRequest(async ({ method, path, query }) => {
    if (method !== 'PATCH' || query?.['dryRun'] !== undefined || !path.endsWith('raced')) return
    own.beforeRequest(undefined)
    const object = { ...idOf('raced'), metadata: { name: 'raced' }, spec: { hosts: ['raced'], http: [] } }
    await own.request({ method: 'POST', path: LIST, body: JSON.stringify(object) })
  })
  const entry = await own.apply(route('raced', '2s'))
  expect(entry).toMatchObject({ state: 'failed', steps: [{ problem: { code: 'conflict' } }] })
})

test('the states of reviewed objects are followed', async () => {
  await own.apply(route('followed', '1s'))
  const end = new AbortController()
  const input = { context, ids: [idOf('followed'), idOf('not-there')] }
  const states = own.changes.watchStates(input, end.signal)
  const seen: Record<string, string>[] = []
  const [key, absent] = ['followed', 'not-there'].map(
    name => `networking.istio.io/VirtualService/default/${name}`,
  )
  let first: string | undefined
  for await (const state of states) {
    seen.push(state)
    if (state[key!] === undefined || state[absent!] === undefined) continue
    if (first !== undefined && state[key!] !== first) break
    if (first === undefined) await change('followed')
    first ??= state[key!]
  }
  end.abort()
  expect(basisOf(await own.plan(route('followed', '1s')))[key!]).toBe(seen.at(-1)?.[key!])
  expect(seen.at(-1)?.[absent!]).toBe('absent')
})

test('a text is applied again after its revert: fields of ours are no conflict', async () => {
  await own.apply(route('ours', '1s'))
  const entry = await own.apply(route('ours', '2s'))
  await own.revert(entry.id)
  const { steps } = await own.plan(route('ours', '3s'))
  expect(steps).toMatchObject([{ conflicts: [], action: 'update' }])
  expect(await own.apply(route('ours', '3s'))).toMatchObject({ state: 'applied' })
  expect(timeoutOf(await read('ours'))).toBe('3s')
})

test('the review of a deletion deletes nothing', async () => {
  const created = await own.apply(route('reviewed', '1s'))
  await own.changes.planDelete({ context, id: idOf('reviewed') }, signal)
  await own.changes.planRevert({ entry: created.id }, signal)
  expect(await read('reviewed')).toMatchObject({ metadata: { name: 'reviewed' } })
})
