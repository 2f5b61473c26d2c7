import * as v from 'valibot'
import type { Problem } from '../../../domain/problem.ts'
import { TOOL_NAMES, type ToolName } from '../../../domain/setup/tools/tool-name.ts'
import { readToolVersion } from '../../../domain/setup/tools/tool-version.ts'
import { call } from '../../rpc/contract.ts'
import { defineTask } from '../define-task.ts'
import { input, nothing } from '../input.ts'

/** One program that could be used. */
export interface ToolProgram {
  readonly path: string
  readonly from: 'chosen' | 'downloaded' | 'path'
  readonly version?: string
  /** Of a downloaded one: the address or file that it came from, and who vouched for it. */
  readonly source?: string
  readonly voucher?: 'pinned' | 'published' | 'confirmed'
  readonly problem?: Problem
}

/** A tool with every program of it, the one that is used, and why. */
export interface ToolState {
  readonly tool: ToolName
  readonly used?: ToolProgram
  readonly why: string
  readonly programs: readonly ToolProgram[]
}

/** A file that nobody vouches for: it waits, not executable, until the user has compared its hash. */
export interface UnconfirmedFile {
  readonly tool: ToolName
  readonly version: string
  readonly sha256: string
  /** The address that it came from, or the imported file. */
  readonly from: string
  readonly isImport: boolean
}

const tool = v.picklist(TOOL_NAMES)

/** One version of a tool, downloaded or imported, verified, and put beside the others. */
export const toolInstall = defineTask('tool-install', {
  input: v.pipe(
    v.object({
      tool,
      version: v.pipe(v.string(), v.trim()),
      /** The SHA-256 that the user compared and confirmed, where nobody else vouches for the file. */
      confirmed: v.exactOptional(v.string()),
      /** A file of the user's instead of the download. */
      file: v.exactOptional(v.string()),
    }),
    v.transform(input => ({ ...input, version: readToolVersion(input.tool, input.version) })),
  ),
  subjectOf: ({ tool: name, version }) => ({ tool: { name, version } }),
})

export const tools = {
  /** Every tool as it is on this machine now. */
  listTools: call(nothing).returns<readonly ToolState[]>(),
  /** Uses one program of a tool from now on; without a path, the app chooses again. */
  chooseTool: call(input(v.object({ tool, path: v.exactOptional(v.string()) }))).returns<void>(),
  /** The downloads and imports whose hash the user is to compare. */
  listUnconfirmed: call(nothing).returns<readonly UnconfirmedFile[]>(),
  /** Deletes such a file. */
  discardUnconfirmed: call(input(v.object({ tool, version: v.string(), from: v.string() }))).returns<void>(),
  /** Deletes a downloaded version. */
  removeTool: call(input(v.object({ tool, version: v.string() }))).returns<void>(),
}
