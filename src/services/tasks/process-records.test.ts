import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isRunning, processIdentity } from '../storage/process-identity.ts'
import { endLeftoverPrograms, openProcessRecords } from './process-records.ts'

let folder = ''
const groups: number[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'programs-'))
})
afterEach(async () => {
  for (const group of groups.splice(0))
    try {
      process.kill(-group, 'SIGKILL')
    } catch {
      // It has ended.
    }
  await rm(folder, { recursive: true, force: true })
})

/** An app that runs a program through the steps of a task, and prints the ids of the program and its child. */
async function startApp(program: string): Promise<{ app: ChildProcess; pids: readonly number[] }> {
  const script = `
    import { createTasks } from ${JSON.stringify(join(import.meta.dirname, 'tasks.ts'))}
    const steps = [{ name: 's', title: 's', cleanUp: 'nothing', run: async context => {
      await context.run({
        command: '/bin/sh', args: ['-c', ${JSON.stringify(program)}], env: process.env,
        onLine: line => console.log(line),
      })
    } }]
    const tasks = createTasks({ folder: ${JSON.stringify(folder)}, now: Date.now,
      definitions: [{ kind: 'k', describe: () => ({ title: 't', subject: {}, steps }) }] })
    await tasks.start({ kind: 'k', input: null })
    setInterval(() => {}, 1000)`
  const app = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(app.stdout), 'line')) as [string]
  const pids = line.split(' ').map(Number)
  groups.push(pids[0] ?? 0)
  return { app, pids }
}
const kill = async (child: ChildProcess): Promise<void> => {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
const recordsFolder = (): string => join(folder, 'processes')
const isGone = (pid: number): Promise<void> =>
  vi.waitFor(async () => expect(await processIdentity(pid)).toBeUndefined(), { timeout: 30_000 })

test.skipIf(process.platform === 'win32').each([
  ['a program and what it started', 'sleep 1000 & echo $$ $!; wait'],
  [
    'one that does not end when it is asked to',
    "trap '' TERM; sleep 1000 & echo $$ $!; while :; do sleep 1; done",
  ],
])('%s of a killed app is ended at the next start', async (_name, program) => {
  const { app, pids } = await startApp(program)
  await vi.waitFor(async () => expect(await readdir(recordsFolder())).toHaveLength(1), { timeout: 30_000 })
  await kill(app)
  expect(pids.every(isRunning)).toBe(true)
  expect(await endLeftoverPrograms(recordsFolder(), { graceMs: 500 })).toEqual(['sh'])
  for (const pid of pids) await isGone(pid)
  expect(await readdir(recordsFolder())).toEqual([])
})

test.skipIf(process.platform !== 'linux')(
  'what a dead program has started is found by its mark',
  async () => {
    const { app, pids } = await startApp('sleep 1000 & echo $$ $!; exec sleep 1000')
    await vi.waitFor(async () => expect(await readdir(recordsFolder())).toHaveLength(1), { timeout: 30_000 })
    await kill(app)
    process.kill(pids[0] ?? 0, 'SIGKILL')
    await isGone(pids[0] ?? 0)
    await endLeftoverPrograms(recordsFolder(), { graceMs: 500 })
    await isGone(pids[1] ?? 0)
  },
)

test('a process that was given the id of a program is left alone', async () => {
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
  groups.push(child.pid ?? 0)
  await mkdir(recordsFolder(), { recursive: true })
  const record = { pid: child.pid, identity: 'an earlier one', mark: 'm', command: 'kind' }
  await writeFile(join(recordsFolder(), `${String(child.pid)}.json`), JSON.stringify(record))
  expect(await endLeftoverPrograms(recordsFolder())).toEqual([])
  expect(isRunning(child.pid ?? 0)).toBe(true)
  expect(await readdir(recordsFolder())).toEqual([])
})

test('a program that has ended leaves no record', async () => {
  const records = openProcessRecords(recordsFolder())
  const child = spawn('sleep', ['0'], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const forget = records.add(child.pid ?? 0, 'sleep', records.newMark())
  await ended
  forget()
  expect(await readdir(recordsFolder()).catch(() => [])).toEqual([])
})
