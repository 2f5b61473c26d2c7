import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { processIdentity, statFields } from '../storage/process-identity.ts'
import { readStoredFolder } from '../storage/stored-json.ts'
import { pause } from '../clusters/pause.ts'

/** In the environment of a task's programs, and so of all that they start: how they are known after a crash. */
const MARK = 'MESH_WORKBENCH_TASK_PROGRAM'

interface ProcessRecord {
  /** Also the id of its process group. */
  readonly pid: number
  readonly identity: string
  readonly mark: string
  readonly command: string
}

/** The programs that tasks run now, on the disk, so that the next start finds those that outlive a killed app. */
export interface ProcessRecords {
  /** For the environment of a program, before it is started. */
  readonly newMark: () => Readonly<Record<string, string>>
  /** Records a program that was started. Returns what forgets it when it has ended. */
  readonly add: (pid: number, command: string, mark: Readonly<Record<string, string>>) => () => void
}

export function openProcessRecords(folder: string): ProcessRecords {
  const pathOf = (pid: number): string => join(folder, `${String(pid)}.json`)
  return {
    newMark: () => ({ [MARK]: randomUUID() }),
    add(pid, command, mark) {
      let hasEnded = false
      void processIdentity(pid).then(identity => {
        if (identity === undefined || hasEnded) return
        const record: ProcessRecord = { pid, identity, mark: mark[MARK] ?? '', command: basename(command) }
        try {
          // At once: between the start of the program and its record nothing else runs.
          mkdirSync(folder, { recursive: true, mode: 0o700 })
          writeFileSync(pathOf(pid), JSON.stringify(record), { mode: 0o600 })
        } catch (error) {
          // The program is worth more than its record.
          console.warn(`${command} is not recorded`, error)
        }
      })
      return () => {
        hasEnded = true
        rmSync(pathOf(pid), { force: true })
      }
    },
  }
}

const isProcessRecord = (value: unknown): value is ProcessRecord =>
  typeof value === 'object' &&
  value !== null &&
  'pid' in value &&
  typeof value.pid === 'number' &&
  Number.isSafeInteger(value.pid) &&
  value.pid > 1 &&
  'identity' in value &&
  typeof value.identity === 'string' &&
  'mark' in value &&
  typeof value.mark === 'string' &&
  'command' in value &&
  typeof value.command === 'string'

/**
 * Ends the programs of tasks that are left of a killed app, with what they have started, and returns their names. Only
 * what is certain to be one of them is ended: the same process by its start time, or one of its group with its mark.
 */
export async function endLeftoverPrograms(
  folder: string,
  { graceMs = 3_000 } = {},
): Promise<readonly string[]> {
  const records = await readStoredFolder(folder, {
    parse: value => (isProcessRecord(value) ? value : undefined),
    what: 'record of a program',
  })
  const ended: string[] = []
  await Promise.all(
    records.map(async record => {
      if (await endProgram(record, graceMs)) ended.push(record.command)
      rmSync(join(folder, `${String(record.pid)}.json`), { force: true })
    }),
  )
  return ended
}

async function endProgram(record: ProcessRecord, graceMs: number): Promise<boolean> {
  const POLL_MS = 25
  let living = await findLiving(record)
  if (living.length === 0) return false
  for (const pid of living) kill(pid, 'SIGTERM')
  for (let waited = 0; waited < graceMs && living.length > 0; waited += POLL_MS) {
    await pause(POLL_MS, new AbortController().signal)
    living = await findLiving(record)
  }
  for (const pid of living) kill(pid, 'SIGKILL')
  return true
}

async function findLiving({ pid, identity, mark }: ProcessRecord): Promise<readonly number[]> {
  const isLeader = (await processIdentity(pid)) === identity
  const leader = isLeader ? [pid] : []
  if (process.platform !== 'linux') return leader
  const others = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(other => other !== pid && other !== process.pid && isOfGroup(other, pid, mark))
  return [...leader, ...others]
}

/** Field 5 is the process group. Source: proc_pid_stat(5) */
function isOfGroup(pid: number, group: number, mark: string): boolean {
  try {
    const [state, , ownGroup] = statFields(pid)
    if (state === 'Z' || Number(ownGroup) !== group || mark === '') return false
    return readFileSync(`/proc/${String(pid)}/environ`, 'utf8')
      .split('\0')
      .includes(`${MARK}=${mark}`)
  } catch {
    // It has ended, or is another user's.
    return false
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended, which was wanted.
  }
}
