import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Whether a process with this id is there, whosever it is. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is there, and another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * A text that is the same for the same process and no other: ids are given again, start times are not. Undefined where
 * there is no such process. Windows is asked for nothing but the id.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (!isRunning(pid)) return undefined
  switch (process.platform) {
    case 'linux':
      return linuxIdentity(pid)
    case 'win32':
      return 'running'
    default:
      try {
        const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], {
          env: { ...process.env, LC_ALL: 'C' },
        })
        return stdout.trim() === '' ? undefined : stdout.trim()
      } catch {
        // `ps` fails for a process that is gone.
        return undefined
      }
  }
}

/** Start time in clock ticks since the boot, and which boot. Source: proc_pid_stat(5), field 22. */
function linuxIdentity(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const fields = statFields(pid)
    // A zombie has ended; only its parent has not asked yet.
    return fields[0] === 'Z' ? undefined : `${boot} ${fields[19] ?? ''}`
  } catch {
    // It ended between two looks.
    return undefined
  }
}

/** The fields of a process from the third on; the name before them may hold spaces and brackets. */
export function statFields(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}
