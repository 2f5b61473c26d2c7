import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { toProblem } from '../../domain/problem.ts'
import { findFolderOwner, lockFolder } from './folder-lock.ts'
import { removeLeftovers } from './leftover-files.ts'
import { processIdentity } from './process-identity.ts'

let folder = ''
const children: ChildProcess[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** Another process that takes the folder; it prints what came of it and stays. */
async function contend(kind = 'web shell'): Promise<{ child: ChildProcess; said: string }> {
  const lock = join(import.meta.dirname, 'folder-lock.ts')
  const script = `
    import { lockFolder } from ${JSON.stringify(lock)}
    try { await lockFolder(${JSON.stringify(folder)}, ${JSON.stringify(kind)}); console.log('held') }
    catch (error) { console.log(error.problem?.code ?? String(error)) }
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [said] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { child, said }
}
const kill = async (child: ChildProcess): Promise<void> => {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

test('a second instance is told who has the folder', async () => {
  const { child } = await contend()
  const problem = toProblem(await lockFolder(folder, 'desktop app').catch((error: unknown) => error))
  expect(problem.code).toBe('in-use')
  expect(problem.message).toContain(String(child.pid))
  expect(problem.message).toContain('web shell')
  expect(problem.hint).toContain('MESH_WORKBENCH_DATA')
  expect(await findFolderOwner(folder)).toMatchObject({ kind: 'web shell', pid: child.pid })
})

test('after kill -9 the next one has it', async () => {
  const { child, said } = await contend()
  expect(said).toBe('held')
  await kill(child)
  expect((await contend()).said).toBe('held')
})

test('of many that start at once after a kill -9, exactly one has it', async () => {
  await kill((await contend()).child)
  const said = await Promise.all(Array.from({ length: 6 }, () => contend().then(each => each.said)))
  expect(said.sort()).toEqual(['held', ...Array.from({ length: 5 }, () => 'in-use')].sort())
})

test('a process that was given the id of a dead owner is not taken for it', async () => {
  await mkdir(join(folder, 'lock'))
  const record = {
    kind: 'web shell',
    pid: process.pid,
    since: 1,
    host: hostname(),
    identity: 'an earlier boot 1',
  }
  await writeFile(join(folder, 'lock', '7'), JSON.stringify(record))
  const lock = await lockFolder(folder, 'desktop app')
  expect(await readdir(join(folder, 'lock'))).toEqual(['8'])
  lock.release()
})

test('a late one that saw an owner from long ago does not take a number that was given', async () => {
  const first = await lockFolder(folder, 'web shell')
  first.release()
  const second = await lockFolder(folder, 'web shell')
  // The number of the first is free again, and lower than the owner's.
  await writeFile(join(folder, 'lock', '1'), '{}')
  expect(await lockFolder(folder, 'desktop app').catch(toProblem)).toMatchObject({ code: 'in-use' })
  second.release()
  expect(await findFolderOwner(folder)).toBeUndefined()
})

test('an owner on another machine counts as long as it shows that it lives', async () => {
  await mkdir(join(folder, 'lock'))
  const record = { kind: 'web shell', pid: 1, since: 1, host: 'another', identity: 'x' }
  await writeFile(join(folder, 'lock', '1'), JSON.stringify(record))
  expect(await lockFolder(folder, 'desktop app').catch(toProblem)).toMatchObject({ code: 'in-use' })
  const later = (): number => Date.now() + 120_000
  ;(await lockFolder(folder, 'desktop app', { now: later })).release()
})

test('an address is told to the next one, and no secret', async () => {
  const lock = await lockFolder(folder, 'web shell')
  lock.tellAddress('http://127.0.0.1:4711')
  expect(toProblem(await lockFolder(folder, 'web shell').catch((error: unknown) => error)).hint).toContain(
    '4711',
  )
  lock.release()
})

test('a folder that cannot be made is no reason not to start', async () => {
  await writeFile(join(folder, 'file'), '')
  const { problem } = await lockFolder(join(folder, 'file', 'below'), 'web shell')
  expect(problem).toMatchObject({ code: 'not-kept' })
})

test('a process is known by more than its id', async () => {
  const own = await processIdentity(process.pid)
  expect(own).toBe(await processIdentity(process.pid))
  expect(own).not.toBe(await processIdentity(process.ppid))
  const { child } = await contend()
  await kill(child)
  expect(await processIdentity(child.pid ?? 0)).toBeUndefined()
})

test('what a killed process has not finished is removed, and nothing else', async () => {
  await mkdir(join(folder, 'drafts'))
  const names = [
    'settings.json',
    'settings.json.4711.new',
    'mine.new',
    'drafts/a.json',
    'drafts/a.json.1.new',
    'drafts/.a.json.mesh-workbench-4711.new',
  ]
  for (const name of names) await writeFile(join(folder, name), '')
  await removeLeftovers(folder)
  expect((await readdir(folder, { recursive: true })).sort()).toEqual([
    'drafts',
    'drafts/a.json',
    'mine.new',
    'settings.json',
  ])
  expect(await readFile(join(folder, 'mine.new'), 'utf8')).toBe('')
})
