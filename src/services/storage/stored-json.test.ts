import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Problem } from '../../domain/problem.ts'
import { toProblem } from '../../domain/problem.ts'
import { openJournal } from '../changes/journal.ts'
import { readCanaries } from '../canary/canary-files.ts'
import { openApprovals } from '../clusters/approvals.ts'
import { readForwards } from '../forwards/forward-file.ts'
import { openTaskHistory } from '../tasks/task-history.ts'
import { createDrafts } from '../workspace/drafts.ts'
import { createSettings, readMirror, settingsPath } from '../workspace/settings.ts'
import { readStoredFolder, readStoredJson } from './stored-json.ts'

let folder = ''
const signal = new AbortController().signal
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stored-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const told: Problem[] = []
const onDamaged = (problem: Problem): void => void told.push(problem)
beforeEach(() => void told.splice(0))

const parse = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
const options = { parse, what: 'number', onDamaged }

/** Every file store of the data folder, how it is read, and what of it is told. */
test.each([
  [
    'drafts',
    'drafts/x.json',
    () =>
      createDrafts({ folder: join(folder, 'drafts'), now: () => 1, onDamaged }).listDrafts(undefined, signal),
  ],
  ['journal', 'journal/x.json', () => openJournal(join(folder, 'journal'), onDamaged).list()],
  ['tasks', 'tasks/x.json', () => openTaskHistory(join(folder, 'tasks'), onDamaged).load()],
  ['canaries', 'canaries/x.json', () => readCanaries(join(folder, 'canaries'), onDamaged)],
  ['forwards', 'forwards.json', () => readForwards(join(folder, 'forwards.json'), onDamaged)],
  [
    'settings',
    'settings.json',
    () => createSettings(settingsPath(folder), onDamaged).readSettings(undefined, signal),
  ],
  ['approvals', 'approved-commands.json', () => openApprovals(folder, onDamaged).has('u', 'f')],
] as const)('a damaged file of the %s is set aside and told', async (_name, path, read) => {
  await mkdir(join(folder, path, '..'), { recursive: true })
  await writeFile(join(folder, path), '{"half": ')
  await read()
  expect(told).toMatchObject([{ code: 'damaged' }])
  expect(await readFile(join(folder, `${path}.damaged`), 'utf8')).toBe('{"half": ')
})

test.each([
  ['drafts', () => createDrafts({ folder, now: () => 1, onDamaged }).listDrafts(undefined, signal)],
  ['journal', () => openJournal(folder, onDamaged).list()],
  ['tasks', () => openTaskHistory(folder, onDamaged).load()],
  ['canaries', () => readCanaries(folder, onDamaged)],
] as const)('a folder or a pipe named like a file of ours hides nothing (%s)', async (_name, read) => {
  await mkdir(join(folder, 'x.json'))
  execFileSync('mkfifo', [join(folder, 'y.json')])
  expect(await read()).toEqual([])
  expect((await readdir(folder)).sort()).toEqual(['x.json', 'y.json'])
  expect(told).toEqual([])
})

test('a folder among the drafts hides no draft', async () => {
  const drafts = createDrafts({ folder, now: () => 1, onDamaged })
  const draft = { id: 'a', origin: { kind: 'pasted', title: 'a' } as const, base: '', text: 'a: 1\n' }
  await drafts.saveDraft(draft, signal)
  await mkdir(join(folder, 'x.json'))
  expect(await drafts.listDrafts(undefined, signal)).toHaveLength(1)
})

test('a second damaged file does not replace the first', async () => {
  const path = join(folder, 'n.json')
  for (const text of ['first', 'second', 'third']) {
    await writeFile(path, text)
    await readStoredJson(path, options)
  }
  expect(await readFile(`${path}.damaged`, 'utf8')).toBe('first')
  expect(await readFile(`${path}.damaged-2`, 'utf8')).toBe('second')
  expect(await readFile(`${path}.damaged-3`, 'utf8')).toBe('third')
  expect(told).toHaveLength(3)
})

test('two readers of a damaged file get the same answer, until it is written again', async () => {
  const path = join(folder, 'n.json')
  await writeFile(path, 'half')
  const answers = await Promise.all([readStoredJson(path, options), readStoredJson(path, options)])
  expect(answers).toMatchObject([{ kind: 'damaged' }, { kind: 'damaged' }])
  expect(told).toHaveLength(1)
  await writeFile(path, '7')
  expect(await readStoredJson(path, options)).toEqual({ kind: 'read', value: 7 })
  await rm(path)
  expect(await readStoredJson(path, options)).toEqual({ kind: 'missing' })
})

test('a mirror that is not known any more is not taken for none', async () => {
  const settings = createSettings(settingsPath(folder), onDamaged)
  await writeFile(settingsPath(folder), '{"mirror": "https://mirr')
  await settings.readSettings(undefined, signal)
  expect(await readMirror(folder, onDamaged).catch(toProblem)).toMatchObject({ code: 'damaged' })
  await settings.writeSettings(
    { theme: 'system', context: '', namespaces: {}, panes: {}, recent: [], mirror: '' },
    signal,
  )
  expect(await readMirror(folder, onDamaged)).toBe('')
})

test('one of many that is damaged hides no other', async () => {
  for (const [name, text] of [
    ['a', '1'],
    ['b', 'x'],
    ['c', '3'],
  ] as const)
    await writeFile(join(folder, `${name}.json`), text)
  expect((await readStoredFolder(folder, options)).sort()).toEqual([1, 3])
})
