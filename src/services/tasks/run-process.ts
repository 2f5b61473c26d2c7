import { spawn, type ChildProcess } from 'node:child_process'
import { ProblemError } from '../../domain/problem.ts'
import type { Host } from '../host.ts'
import { createLineReader } from './line-reader.ts'

export interface ProcessRequest {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Host['env']
  readonly folder?: string
  /** Given to its standard input, which is closed behind it; without it there is none. */
  readonly input?: string
  /** How many characters of its output are kept, where 1 MiB is not enough: a mesh's manifests have more. */
  readonly maxOutputLength?: number
  /** Whether its standard output stays out of the task's log: a manifest is no news, and may hold keys. */
  readonly hasQuietOutput?: boolean
  readonly signal?: AbortSignal
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void
  /** Called with its id when it was started; what it returns is called when it has ended. */
  readonly onStart?: (pid: number) => () => void
  /** How long a process may take to end after it was asked to, in milliseconds. */
  readonly graceMs?: number
  /** Longest run in milliseconds; none where absent. */
  readonly timeoutMs?: number
}

export interface ProcessResult {
  readonly code: number
  /** The last 1 MiB, or as much as was asked for. */
  readonly stdout: string
  /** The last 64 KiB. */
  readonly stderr: string
}

const MAX_OUTPUT_LENGTH = { stdout: 1024 * 1024, stderr: 64 * 1024 } as const
const GRACE_MS = 5_000

/**
 * Runs a program to its end, by an array of arguments and never through a shell, in a process group of its own, so that
 * what it started ends with it. Aborting asks the whole group to end and, after the grace period, ends it.
 * Any exit code is a result; a program that cannot be run, or was cancelled, is a problem.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const { command, args, env, signal, graceMs = GRACE_MS } = request
  assertNoShell(command, args)
  signal?.throwIfAborted()
  const isGroup = process.platform !== 'win32'
  const child = spawn(command, [...args], {
    env,
    shell: false,
    windowsHide: true,
    detached: isGroup,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(request.folder === undefined ? {} : { cwd: request.folder }),
  })
  const onEnd = child.pid === undefined ? undefined : request.onStart?.(child.pid)
  const kept = { stdout: '', stderr: '' }
  const most = {
    ...MAX_OUTPUT_LENGTH,
    ...(request.maxOutputLength === undefined ? {} : { stdout: request.maxOutputLength }),
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    const reader = createLineReader(line => request.onLine?.(line, stream))
    child[stream].setEncoding('utf8')
    child[stream].on('data', (text: string) => {
      kept[stream] = (kept[stream] + text).slice(-most[stream])
      reader.read(text)
    })
    child[stream].on('end', () => reader.end())
  }
  // A program that does not read its input closes it; its exit code says more than the broken pipe.
  child.stdin.on('error', () => {})
  child.stdin.end(request.input)

  let timers: NodeJS.Timeout[] = []
  let end: 'cancelled' | 'too-long' | undefined
  const stop = (why: typeof end): void => {
    if (end !== undefined) return
    end = why
    killGroup(child, 'SIGTERM')
    timers.push(setTimeout(() => killGroup(child, 'SIGKILL'), graceMs))
  }
  const onAbort = (): void => stop('cancelled')
  signal?.addEventListener('abort', onAbort)
  if (request.timeoutMs !== undefined) timers.push(setTimeout(() => stop('too-long'), request.timeoutMs))

  try {
    const { code, killedBy } = await new Promise<{ code: number | null; killedBy: string | null }>(
      (resolve, reject) => {
        child.on('error', error => reject(cannotRun(command, error)))
        child.on('exit', () => {
          // A child of the program may hold its pipes open for ever: what is still coming is waited for, not that.
          timers.push(
            setTimeout(() => {
              child.stdout.destroy()
              child.stderr.destroy()
            }, graceMs),
          )
        })
        child.on('close', (code, killedBy) => resolve({ code, killedBy }))
      },
    )
    // What the group has left over ends with it.
    if (end !== undefined) killGroup(child, 'SIGKILL')
    if (end === 'cancelled')
      throw new ProblemError({ code: 'cancelled', message: `${command} was stopped`, raw: kept.stderr })
    if (end === 'too-long')
      throw new ProblemError({
        code: 'unreachable',
        message: `${command} did not end within ${Math.round((request.timeoutMs ?? 0) / 1000)} s and was stopped`,
        raw: kept.stderr,
      })
    if (code === null)
      throw new ProblemError({
        code: 'internal',
        message: `${command} was ended by ${killedBy ?? 'the system'}`,
        hint: 'Another process killed it, often because memory ran out.',
        raw: kept.stderr,
      })
    return { code, ...kept }
  } finally {
    onEnd?.()
    for (const timer of timers) clearTimeout(timer)
    timers = []
    signal?.removeEventListener('abort', onAbort)
  }
}

/** Ends a process and all that it started. A group that is gone already is what was wanted. */
function killGroup(child: ChildProcess, how: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return
  if (process.platform === 'win32') {
    // Windows has no groups; taskkill follows the parents. https://learn.microsoft.com/windows-server/administration/windows-commands/taskkill
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).on(
      'error',
      () => child.kill(how),
    )
    return
  }
  try {
    process.kill(-child.pid, how)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Batch files are run by cmd.exe, which reads their arguments as a shell does (CVE-2024-27980). */
function assertNoShell(command: string, args: readonly string[]): void {
  if (/\.(?:bat|cmd)$/i.test(command))
    throw new ProblemError({
      code: 'unsupported',
      message: `${command} is a batch file, which only a shell can run`,
      hint: 'Choose the program itself (.exe).',
    })
  if ([command, ...args].some(text => text.includes('\0')))
    throw new ProblemError({ code: 'bad-input', message: 'An argument of a program holds a zero byte' })
}

function cannotRun(command: string, error: Error): ProblemError {
  const code = 'code' in error ? String(error.code) : ''
  const why =
    code === 'ENOENT'
      ? 'it was not found'
      : code === 'EACCES'
        ? 'it is not executable'
        : code === 'ENOEXEC'
          ? 'it is not a program for this machine'
          : error.message
  return new ProblemError(
    {
      code: code === 'ENOENT' ? 'not-found' : 'unsupported',
      message: `${command} could not be run: ${why}`,
      hint: 'Choose another program in Setup, or let the app download it.',
      raw: error.message,
    },
    { cause: error },
  )
}
