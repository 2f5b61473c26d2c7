import type { ToolName } from '../../../domain/setup/tools/tool-name.ts'
import { constants } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { toProblem, type Problem } from '../../../domain/problem.ts'
import type { Host } from '../../host.ts'
import { runProcess } from '../../tasks/run-process.ts'
import { programName, versionQuestion } from './tool-catalog.ts'

/** What a program says about itself. */
export interface ProgramVersion {
  readonly version?: string
  /** Why it did not tell. */
  readonly problem?: Problem
}

const ANSWER_TIMEOUT_MS = 20_000

/**
 * The programs of a tool on the PATH, the one that a shell would run first. Relative folders on the PATH are passed
 * over: the app's working folder is not the user's.
 */
export async function findOnPath(
  tool: ToolName,
  env: Host['env'],
  platform: NodeJS.Platform = process.platform,
): Promise<readonly string[]> {
  const name = programName(tool, platform)
  const found = new Map<string, string>()
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue
    const path = join(folder, name)
    if (!(await isProgram(path))) continue
    const real = await realpath(path)
    // Two folders of the PATH are often the same one.
    if (!found.has(real)) found.set(real, path)
  }
  return [...found.values()]
}

/** Whether a path is a file that may be executed. */
export async function isProgram(path: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isFile()) return false
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Asks a program for its version; it is run by its full path and asks no cluster. */
export async function askVersion(
  tool: ToolName,
  path: string,
  env: Host['env'],
  signal?: AbortSignal,
): Promise<ProgramVersion> {
  const { versionArgs, readVersion } = versionQuestion(tool)
  if (!versionArgs) return {}
  try {
    const { code, stdout, stderr } = await runProcess({
      command: path,
      args: versionArgs,
      env,
      timeoutMs: ANSWER_TIMEOUT_MS,
      ...(signal ? { signal } : {}),
    })
    const version = readVersion(stdout)
    if (version !== undefined) return { version }
    return {
      problem: {
        code: 'unsupported',
        message: `${path} did not tell its version (exit code ${code})`,
        hint: `Check that it is ${tool}.`,
        raw: (stderr || stdout).slice(0, 2_000),
      },
    }
  } catch (error) {
    signal?.throwIfAborted()
    return { problem: toProblem(error) }
  }
}
