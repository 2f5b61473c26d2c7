import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toProblem } from '../../domain/problem.ts'
import { resourceKey } from '../../domain/kubernetes/kubernetes-object.ts'
import { basisOf, openTestChanges, signal, type TestChanges } from './test-changes.ts'

let own: TestChanges
beforeAll(async () => (own = await openTestChanges()))
afterAll(() => own.stop())

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const OLD = 'first-hunter2'
const NEW = 'second-hunter3'

const idOf = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', namespace: 'default', name })
const pathOf = (name: string): string => `/api/v1/namespaces/default/secrets/${name}`
const secret = (name: string, fields: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n${fields}\n`
const byStringData = (value: string): string => `stringData:\n  password: ${value}`
const byData = (value: string): string => `data:\n  password: ${base64(value)}`

async function valueOf(name: string): Promise<string> {
  const { data } = await own.request({ path: pathOf(name) })
  return Buffer.from((data as Record<string, string>)['password'] ?? '', 'base64').toString()
}

describe('a changed value of a Secret', () => {
  test.each([
    ['stringData', 'a', byStringData],
    ['data', 'b', byData],
  ])('by %s is an update, is applied, and is taken back', async (_field, name, fields) => {
    await own.apply(secret(name, fields(OLD)))
    const { steps } = await own.plan(secret(name, fields(NEW)))
    expect(steps).toMatchObject([{ action: 'update' }])
    // The difference shows which value it is, and never the value.
    expect(steps[0]?.after).not.toBe(steps[0]?.before)
    const changed = await own.apply(secret(name, fields(NEW)))
    expect(changed).toMatchObject({ state: 'applied', steps: [{ action: 'update', outcome: 'applied' }] })
    expect(await valueOf(name)).toBe(NEW)
    expect((await own.plan(secret(name, fields(NEW)))).steps).toMatchObject([{ action: 'unchanged' }])

    expect(await own.revert(changed.id)).toMatchObject({ state: 'applied' })
    expect(await valueOf(name)).toBe(OLD)
    expect((await own.plan(secret(name, fields(OLD)))).steps).toMatchObject([{ action: 'unchanged' }])
  })

  test.each([
    ['stringData', { stringData: { password: NEW } }],
    ['data', { data: { password: base64(NEW) } }],
  ])('by a patch of %s is applied, and is taken back', async (field, patch) => {
    const name = `patched-${field.toLowerCase()}`
    await own.apply(secret(name, byStringData(OLD)))
    const input = { context: 'playground', patches: [{ id: idOf(name), patch }] }
    const plan = await own.changes.planPatches(input, signal)
    expect(plan.steps).toMatchObject([{ action: 'update', problems: [] }])
    const changed = await own.changes.applyPatches(
      { ...input, basis: basisOf(plan), title: 'A patch' },
      signal,
    )
    expect(changed).toMatchObject({ state: 'applied' })
    expect(await valueOf(name)).toBe(NEW)
    await own.revert(changed.id)
    expect(await valueOf(name)).toBe(OLD)
  })

  test('is put back after the Secret was deleted', async () => {
    await own.apply(secret('deleted', byStringData(OLD)))
    const input = { context: 'playground', id: idOf('deleted') }
    const plan = await own.changes.planDelete(input, signal)
    const gone = await own.changes.applyDelete({ ...input, basis: basisOf(plan) }, signal)
    await own.revert(gone.id)
    expect(await valueOf('deleted')).toBe(OLD)
  })

  test('of a Secret that somebody changed since says so in the review of the revert', async () => {
    await own.apply(secret('since', byStringData(OLD)))
    const changed = await own.apply(secret('since', byStringData(NEW)))
    const before = await own.changes.planRevert({ entry: changed.id }, signal)
    expect(before.steps).toMatchObject([{ isChangedSince: false }])
    await own.request({
      method: 'PATCH',
      path: pathOf('since'),
      contentType: 'application/merge-patch+json',
      body: JSON.stringify({ stringData: { password: 'third-hunter4' } }),
    })
    const after = await own.changes.planRevert({ entry: changed.id }, signal)
    expect(after.steps).toMatchObject([{ isChangedSince: true }])
  })

  test('in an annotation only is applied', async () => {
    const annotated = (value: string): string =>
      secret('annotated', byStringData(OLD)).replace(
        '  name: annotated\n',
        `  name: annotated\n  annotations:\n    copy: ${value}\n`,
      )
    await own.apply(annotated(OLD))
    expect((await own.plan(annotated(base64(OLD)))).steps).toMatchObject([{ action: 'update' }])
    await own.apply(annotated(base64(OLD)))
    const { metadata } = await own.request({ path: pathOf('annotated') })
    expect(metadata.annotations).toEqual({ copy: base64(OLD) })
  })

  test('whose earlier value is not kept any more cannot be taken back, and says why', async () => {
    await own.apply(secret('lost', byStringData(OLD)))
    const changed = await own.apply(secret('lost', byStringData(NEW)))
    await rm(join(own.folder, 'journal-values', `${changed.id}.values`))
    expect(await own.changes.planRevert({ entry: changed.id }, signal).catch(toProblem)).toMatchObject({
      code: 'unsupported',
    })
  })
})

test('values of Secrets are neither on the page nor in a file in clear text', async () => {
  const values = [OLD, NEW].flatMap(value => [value, base64(value)])
  const copy = JSON.stringify({ kind: 'Secret', data: { password: base64(OLD) } })
  await own.apply(
    secret('quiet', byStringData(OLD)).replace(
      '  name: quiet\n',
      `  name: quiet\n  annotations:\n    plain: "it is ${OLD}"\n    a-tool/applied: '${copy}'\n    kubectl.kubernetes.io/last-applied-configuration: '${copy}'\n`,
    ),
  )
  const plan = await own.plan(secret('quiet', byStringData(NEW)))
  const entry = await own.apply(secret('quiet', byStringData(NEW)))
  const revert = await own.changes.planRevert({ entry: entry.id }, signal)
  await own.revert(entry.id)
  const seen = JSON.stringify([plan, entry, revert, await own.journal()])
  const kept = await own.allFiles()
  for (const value of values) {
    expect(seen, value).not.toContain(value)
    expect(kept, value).not.toContain(value)
  }
})

test.each([
  ['a number', secret('n', 'stringData:\n  password: 7345612'), '7345612'],
  ['no base64', secret('n', 'data:\n  password: "!!secret!!"'), '!!secret!!'],
])('a refused Secret (%s) shows no value', async (_name, text, value) => {
  const plan = await own.plan(text)
  expect([...plan.problems, ...plan.steps.flatMap(({ problems }) => problems)]).not.toHaveLength(0)
  expect(JSON.stringify(plan)).not.toContain(value)
})

test.each([
  ['stringData', secret('hidden', 'stringData:\n  password: ••••')],
  ['a changed value', secret('hidden', 'stringData:\n  password: •••• (changed)')],
])('a hidden value is not written back: %s', async (_name, text) => {
  const { problems } = await own.plan(text)
  expect(problems).toMatchObject([{ code: 'bad-input', at: 'stringData.password', line: 6 }])
})

test('the values go with their entry', async () => {
  await own.apply(secret('kept', byStringData(OLD)))
  const changed = await own.apply(secret('kept', byStringData(NEW)))
  expect(changed.steps.map(({ id }) => resourceKey(id))).toEqual(['/Secret/default/kept'])
})
