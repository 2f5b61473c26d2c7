import { expect, test as base } from '@playwright/test'
import { resourceKey } from '../../src/domain/kubernetes/kubernetes-object.ts'
import type { ChangePlan } from '../../src/shared/contract/changes.ts'
import { startBackend, type LabBackend } from './backend.ts'
import { startLab, type Lab } from './lab.ts'

const NAME = 'secrets'
const signal = new AbortController().signal

const test = base.extend<object, { lab: Lab; backend: LabBackend }>({
  lab: [
    async ({}, use) => {
      const lab = await startLab(NAME, { withoutIstiod: true })
      await use(lab)
      await lab.stop()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  backend: [
    async ({ lab }, use) => {
      const backend = await startBackend(lab)
      await use(backend)
      await backend.stop()
    },
    { scope: 'worker' },
  ],
})

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const basisOf = ({ steps }: ChangePlan): Record<string, string> =>
  Object.fromEntries(steps.map(({ id, base: state }) => [resourceKey(id), state]))
const secret = (field: string, value: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: changed\n  namespace: default\n${field}:\n  password: ${value}\n`
const id = { apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'changed' }
const OLD = 'first-hunter2'
const NEW = 'second-hunter3'
const PATCHED = 'third-hunter4'

test('a value of a Secret is changed by data, by stringData and by patches, taken back, and kubectl sees each', async ({
  lab,
  backend: { handlers },
}) => {
  const valueOf = async (): Promise<string> => {
    const { data } = JSON.parse(await lab.kubectl('get', 'secret', 'changed', '-o', 'json')) as {
      data: { password: string }
    }
    return Buffer.from(data.password, 'base64').toString()
  }
  const seen: unknown[] = []
  const apply = async (text: string): Promise<string> => {
    const input = { context: NAME, text, force: [] }
    const plan = await handlers.planChange(input, signal)
    const entry = await handlers.applyChange({ ...input, basis: basisOf(plan), title: 'A Secret' }, signal)
    expect(entry.state, JSON.stringify(entry)).toBe('applied')
    seen.push(plan, entry)
    return entry.id
  }
  const revert = async (entry: string): Promise<void> => {
    const plan = await handlers.planRevert({ entry }, signal)
    const done = await handlers.applyRevert({ entry, basis: basisOf(plan) }, signal)
    expect(done.state, JSON.stringify(done)).toBe('applied')
    seen.push(plan, done)
  }

  await apply(secret('stringData', OLD))
  for (const [field, write] of [
    ['stringData', (text: string) => text],
    ['data', base64],
  ] as const) {
    const entry = await apply(secret(field, write(NEW)))
    expect(await valueOf(), field).toBe(NEW)
    await revert(entry)
    expect(await valueOf(), `${field}, taken back`).toBe(OLD)

    const input = { context: NAME, patches: [{ id, patch: { [field]: { password: write(PATCHED) } } }] }
    const plan = await handlers.planPatches(input, signal)
    expect(plan.steps).toMatchObject([{ action: 'update', problems: [] }])
    const patched = await handlers.applyPatches({ ...input, basis: basisOf(plan), title: 'A patch' }, signal)
    expect(await valueOf(), `${field}, patched`).toBe(PATCHED)
    await revert(patched.id)
    expect(await valueOf(), `${field}, patch taken back`).toBe(OLD)
    seen.push(plan, patched)
  }
  for (const value of [OLD, NEW, PATCHED].flatMap(each => [each, base64(each)]))
    expect(JSON.stringify(seen)).not.toContain(value)
})

test('what kubectl changes between review and click is not erased', async ({
  lab,
  backend: { handlers },
}) => {
  const text =
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: raced\n  namespace: default\ndata:\n  a: "1"\n'
  const input = { context: NAME, text, force: [] }
  const nothing = await handlers.planChange(input, signal)
  await lab.kubectl('create', 'configmap', 'raced', '--from-literal=theirs=1')
  await expect(
    handlers.applyChange({ ...input, basis: basisOf(nothing), title: 'A map' }, signal),
  ).rejects.toMatchObject({ problem: { code: 'conflict' } })

  const entry = await handlers.applyChange(
    { ...input, basis: basisOf(await handlers.planChange(input, signal)), title: 'A map' },
    signal,
  )
  const revert = await handlers.planRevert({ entry: entry.id }, signal)
  await lab.kubectl('label', 'configmap', 'raced', 'colleague=was-here')
  await expect(
    handlers.applyRevert({ entry: entry.id, basis: basisOf(revert) }, signal),
  ).rejects.toMatchObject({ problem: { code: 'conflict' } })
  const id = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'raced' }
  const deletion = await handlers.planDelete({ context: NAME, id }, signal)
  await lab.kubectl('annotate', 'configmap', 'raced', 'more=yes')
  await expect(
    handlers.applyDelete({ context: NAME, id, basis: basisOf(deletion) }, signal),
  ).rejects.toMatchObject({ problem: { code: 'conflict' } })
  expect(JSON.parse(await lab.kubectl('get', 'configmap', 'raced', '-o', 'json'))).toMatchObject({
    data: { a: '1', theirs: '1' },
    metadata: { labels: { colleague: 'was-here' }, annotations: { more: 'yes' } },
  })
})
