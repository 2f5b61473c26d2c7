import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { StoreEvent } from '../store.ts'
import { MemoryStore } from './memory-store.ts'

const things = { group: 'example.com', plural: 'things' }
const thing = (name: string, spec: unknown, more: object = {}): KubernetesObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Thing',
  metadata: { name, namespace: 'default', ...more },
  spec,
})

describe('a write', () => {
  test('creates with uid, time, version and generation', () => {
    const store = new MemoryStore({ now: () => 0 })
    expect(store.create(things, thing('a', { size: 1 })).metadata).toMatchObject({
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      creationTimestamp: '1970-01-01T00:00:00Z',
      resourceVersion: '2',
      generation: 1,
    })
  })

  test('makes a name of generateName', () => {
    const store = new MemoryStore()
    expect(store.create(things, thing('', {}, { generateName: 'a-' })).metadata.name).toMatch(/^a-\w{5}$/)
  })

  test('raises the generation for the spec only', () => {
    const store = new MemoryStore()
    const first = store.create(things, thing('a', { size: 1 }))
    const second = store.update(things, { ...first, status: { ready: true } })
    const third = store.update(things, { ...second, spec: { size: 2 } })
    expect([second, third].map(({ metadata }) => metadata.generation)).toEqual([1, 2])
  })

  test('that changes nothing is no event', () => {
    const store = new MemoryStore()
    const object = store.create(things, thing('a', { size: 1 }))
    expect(store.update(things, { ...object })).toBe(object)
    expect(store.resourceVersion).toBe(2)
  })

  test('of an old version is a conflict', () => {
    const store = new MemoryStore()
    const old = store.create(things, thing('a', { size: 1 }))
    store.update(things, { ...old, spec: { size: 2 } })
    expect(() => store.update(things, { ...old, spec: { size: 3 } })).toThrow(/has been modified/)
    expect(() => store.create(things, thing('a', {}))).toThrow('things.example.com "a" already exists')
  })

  test('of a dry run stores nothing', () => {
    const store = new MemoryStore()
    expect(store.create(things, thing('a', {}), { isDryRun: true }).metadata.uid).toBeDefined()
    expect(store.list(things)).toEqual([])
  })

  test('removes at once, or when the last finalizer is gone', () => {
    const store = new MemoryStore()
    store.create(things, thing('a', {}))
    store.create(things, thing('b', {}, { finalizers: ['wait'] }))
    store.remove(things, 'default', 'a')
    const ending = store.remove(things, 'default', 'b')
    expect(ending?.metadata.deletionTimestamp).toBeDefined()
    expect(store.list(things).map(({ metadata }) => metadata.name)).toEqual(['b'])
    store.update(things, { ...ending!, metadata: { ...ending!.metadata, finalizers: [] } })
    expect(store.list(things)).toEqual([])
  })
})

describe('events', () => {
  test('come to every listener in the same order, also those of writes in a listener', () => {
    const store = new MemoryStore()
    const seen: string[] = []
    store.subscribe(({ kind, object }) => {
      if (kind === 'added' && object.metadata.name === 'a') store.create(things, thing('b', {}))
    })
    store.subscribe(({ kind, object }) => seen.push(`${kind} ${object.metadata.name}`))
    store.create(things, thing('a', {}))
    expect(seen).toEqual(['added a', 'added b'])
  })

  test('are kept for watches, and the past can be read', () => {
    const store = new MemoryStore()
    const a = store.create(things, thing('a', { size: 1 }))
    const then = store.resourceVersion
    store.update(things, { ...a, spec: { size: 2 } })
    store.create(things, thing('b', {}))
    store.remove(things, 'default', 'a')
    const kinds = store.history.since(things, then)?.map(({ kind }: StoreEvent) => kind)
    expect(kinds).toEqual(['modified', 'added', 'deleted'])
    expect(store.history.rewind(things, store.list(things), then)).toEqual([a])
  })

  test('that are too old are gone', () => {
    const store = new MemoryStore({ historySize: 2 })
    for (const name of ['a', 'b', 'c', 'd']) store.create(things, thing(name, {}))
    expect(store.history.since(things, 1)).toBeUndefined()
    expect(store.history.since(things, store.history.oldest)).toHaveLength(2)
  })
})

test('what a store held, another one holds', () => {
  const store = new MemoryStore()
  const object = store.create(things, thing('a', { size: 1 }))
  const copy = new MemoryStore({ contents: store.contents() })
  expect(copy.get(things, 'default', 'a')).toEqual(object)
  expect(copy.resourceVersion).toBe(store.resourceVersion)
})
