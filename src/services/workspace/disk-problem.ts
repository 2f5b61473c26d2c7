import { ProblemError } from '../../domain/problem.ts'

const REASONS: Readonly<Record<string, { readonly reason: string; readonly hint: string }>> = {
  ENOSPC: {
    reason: 'the disk is full',
    hint: 'Free some space; what you typed stays in the window until it can be written.',
  },
  EROFS: { reason: 'the disk is read-only', hint: 'Choose a location that is writable.' },
  EACCES: {
    reason: "you don't have permission",
    hint: "Change the file's permissions or choose another location.",
  },
  EPERM: {
    reason: "you don't have permission",
    hint: "Change the file's permissions or choose another location.",
  },
  ENOENT: { reason: 'it does not exist', hint: 'Check the path.' },
  EISDIR: { reason: 'it is a folder', hint: 'Choose a file.' },
  ENOTDIR: { reason: 'it is not a folder', hint: 'Choose a folder.' },
}

/** An error of the file system as a problem: what was tried, why it failed, what to do. */
export function diskProblem(what: string, error: unknown): ProblemError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known = REASONS[code]
  const raw = error instanceof Error ? error.message : String(error)
  return new ProblemError(
    {
      code: code === 'ENOENT' ? 'not-found' : 'disk',
      message: `${what}: ${known?.reason ?? raw}`,
      raw,
      ...(known === undefined ? {} : { hint: known.hint }),
    },
    { cause: error },
  )
}
