import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toProblem } from '../../domain/problem.ts'
import { createDrafts } from './drafts.ts'
import { createFiles } from './files.ts'
import { openGrants, type Grants } from './grants.ts'
import { createSettings, readStoredSettings } from './settings.ts'
import { watchFolder } from './watch-folder.ts'
import { unfinishedPath } from './write-atomically.ts'

let folder = ''
const grants = (): Grants => openGrants({ dataFolder: join(folder, 'data'), folders: [folder] })
const signal = new AbortController().signal
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workspace-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('drafts', () => {
  const draft = {
    id: '../../etc/x',
    origin: { kind: 'pasted', title: 'x' } as const,
    base: '',
    text: 'a: 1\n',
  }

  test('are on the disk, inside their folder, for their owner only', async () => {
    const drafts = createDrafts({ folder, now: () => 7 })
    await drafts.saveDraft(draft, signal)
    const [name = ''] = await readdir(folder)
    expect(await drafts.listDrafts(undefined, signal)).toEqual([{ ...draft, changedAt: 7 }])
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
  })

  test('the last of many quick changes stays', async () => {
    const drafts = createDrafts({ folder, now: () => 7 })
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => drafts.saveDraft({ ...draft, text: String(n) }, signal)),
    )
    expect(await drafts.listDrafts(undefined, signal)).toMatchObject([{ text: '49' }])
  })

  test.each([
    ['{'],
    ['[]'],
    ['{"id":"a"}'],
    ['{"id":"a","base":"","text":"","changedAt":1,"origin":{"kind":"x"}}'],
  ])('a damaged one (%s) is set aside and does not hide the others', async text => {
    const drafts = createDrafts({ folder, now: () => 7 })
    await drafts.saveDraft(draft, signal)
    await writeFile(join(folder, 'bad.json'), text)
    expect(await drafts.listDrafts(undefined, signal)).toHaveLength(1)
    expect(await readdir(folder)).toContain('bad.json.damaged')
  })

  test('a folder that cannot be written is said', async () => {
    await writeFile(join(folder, 'file'), '')
    const drafts = createDrafts({ folder: join(folder, 'file'), now: () => 7 })
    expect(await drafts.saveDraft(draft, signal).catch(toProblem)).toMatchObject({ code: 'disk' })
  })
})

describe('settings', () => {
  test.each([
    ['nothing', undefined, { theme: 'system', recent: [] }],
    [
      'wrong types',
      { theme: 7, recent: 'x', panes: { a: 'b', c: 4 } },
      { theme: 'system', recent: [], panes: { c: 4 } },
    ],
    ['what fits', { version: 1, theme: 'dark', context: 'kind' }, { theme: 'dark', context: 'kind' }],
  ])('of %s', (_name, stored, expected) => {
    expect(readStoredSettings(stored)).toMatchObject(expected)
  })

  test('a damaged file is set aside', async () => {
    const path = join(folder, 'settings.json')
    await writeFile(path, '{"theme": ')
    expect(await createSettings(path).readSettings(undefined, signal)).toMatchObject({ theme: 'system' })
    expect(await readdir(folder)).toEqual(['settings.json.damaged'])
  })
})

test('settings of a newer release are kept beside', async () => {
  const path = join(folder, 'settings.json')
  await writeFile(path, '{"version": 9, "theme": "dark", "more": 1}')
  expect(await createSettings(path).readSettings(undefined, signal)).toMatchObject({ theme: 'dark' })
  expect(await readFile(`${path}.version-9`, 'utf8')).toContain('"more"')
})

describe('files', () => {
  test('behind a link are replaced, and the link stays', async () => {
    const link = join(folder, 'link.yaml')
    await writeFile(join(folder, 'real.yaml'), 'a: 1\n')
    await symlink('real.yaml', link)
    const { modifiedAt } = await createFiles(grants()).readFile({ path: link }, signal)
    await createFiles(grants()).writeFile({ path: link, text: 'a: 2\n', modifiedAt }, signal)
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
    expect(await readFile(join(folder, 'real.yaml'), 'utf8')).toBe('a: 2\n')
  })

  test('keep their line ends and rights', async () => {
    const path = join(folder, 'a.yaml')
    await writeFile(path, 'a: 1\r\n', { mode: 0o640 })
    const { modifiedAt } = await createFiles(grants()).readFile({ path }, signal)
    await createFiles(grants()).writeFile({ path, text: 'a: 2\r\n', modifiedAt }, signal)
    expect(await readFile(path, 'utf8')).toBe('a: 2\r\n')
    expect((await stat(path)).mode & 0o777).toBe(0o640)
  })

  test('that another program changed are not overwritten', async () => {
    const path = join(folder, 'a.yaml')
    await writeFile(path, 'a: 1\n')
    const { modifiedAt } = await createFiles(grants()).readFile({ path }, signal)
    await writeFile(path, 'a: 3\n')
    await utimes(path, new Date(), new Date(modifiedAt + 5_000))
    expect(
      await createFiles(grants()).writeFile({ path, text: 'a: 2\n', modifiedAt }, signal).catch(toProblem),
    ).toMatchObject({
      code: 'conflict',
    })
    expect(await readFile(path, 'utf8')).toBe('a: 3\n')
  })

  test.each([
    ['missing', () => join(folder, 'none.yaml'), 'not-found'],
    ['a folder', () => folder, 'disk'],
    ['not a whole path', () => 'a.yaml', 'bad-input'],
  ])('%s: %s', async (_name, path, code) => {
    const read = async (): Promise<unknown> => createFiles(grants()).readFile({ path: path() }, signal)
    expect(await read().catch(toProblem)).toMatchObject({ code })
  })
})

describe('what a killed process has left beside the files of the user', () => {
  /** Above what Linux gives: no process has it. */
  const DEAD = 2_000_000_000
  const others = ['x.new', 'a.yaml.4711.new', '.mine.new', `.a.yaml.mesh-workbench-${process.pid}.new`]
  beforeEach(async () => {
    for (const name of ['a.yaml', 'b.yaml', ...others]) await writeFile(join(folder, name), '')
    for (const name of ['a.yaml', 'b.yaml']) await writeFile(unfinishedPath(join(folder, name), DEAD), '')
  })

  test('goes when the folder is opened, and nothing else does', async () => {
    const stop = new AbortController()
    await watchFolder(folder, folder, stop.signal).next()
    stop.abort()
    expect((await readdir(folder)).toSorted()).toEqual(['a.yaml', 'b.yaml', ...others].toSorted())
  })

  test('goes when the file is saved', async () => {
    const path = join(folder, 'b.yaml')
    const { modifiedAt } = await createFiles(grants()).readFile({ path }, signal)
    await createFiles(grants()).writeFile({ path, text: 'b: 2\n', modifiedAt }, signal)
    const left = [basename(unfinishedPath(join(folder, 'a.yaml'), DEAD))]
    expect((await readdir(folder)).toSorted()).toEqual(['a.yaml', 'b.yaml', ...others, ...left].toSorted())
  })

  test('is not followed where it is a link that somebody put there', async () => {
    await writeFile(join(folder, 'other.txt'), 'mine')
    await symlink('other.txt', unfinishedPath(join(folder, 'c.yaml')))
    await createFiles(grants()).writeFile(
      { path: join(folder, 'c.yaml'), text: 'c: 1\n', modifiedAt: null },
      signal,
    )
    expect(await readFile(join(folder, 'other.txt'), 'utf8')).toBe('mine')
    expect((await lstat(join(folder, 'c.yaml'))).isFile()).toBe(true)
  })
})

test('links that lead in a circle are not followed', async () => {
  await mkdir(join(folder, 'sub'))
  await symlink('..', join(folder, 'sub', 'up'))
  await writeFile(join(folder, 'sub', 'a.yml'), 'a: 1\n')
  const stop = new AbortController()
  expect((await watchFolder(folder, folder, stop.signal).next()).value).toMatchObject({
    files: [{ path: 'sub/a.yml' }],
    isCut: false,
  })
  stop.abort()
})

test('a folder is followed', async () => {
  const stop = new AbortController()
  const snapshots = watchFolder(folder, folder, stop.signal)
  expect((await snapshots.next()).value).toMatchObject({ files: [] })
  const next = snapshots.next()
  await writeFile(join(folder, 'b.yaml'), 'b: 1\n')
  await writeFile(join(folder, 'note.txt'), '')
  expect((await next).value).toMatchObject({ files: [{ path: 'b.yaml' }] })
  stop.abort()
})
