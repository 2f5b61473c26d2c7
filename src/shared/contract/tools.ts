import * as v from 'valibot'
import type { Problem } from '../../domain/problem.ts'
import { call } from '../rpc/contract.ts'
import { input, nothing } from './input.ts'

export const TOOL_NAMES = [
  'kubectl',
  'kind',
  'minikube',
  'istioctl',
  'linkerd',
  'cloud-provider-kind',
] as const
export type ToolName = (typeof TOOL_NAMES)[number]

/** One program that could be used. */
export interface ToolProgram {
  readonly path: string
  readonly from: 'chosen' | 'downloaded' | 'path'
  readonly version?: string
  readonly problem?: Problem
}

/** A tool with every program of it, the one that is used, and why. */
export interface ToolState {
  readonly tool: ToolName
  readonly used?: ToolProgram
  readonly why: string
  readonly programs: readonly ToolProgram[]
}

const tool = v.picklist(TOOL_NAMES)

export const tools = {
  /** Every tool as it is on this machine now. */
  listTools: call(nothing).returns<readonly ToolState[]>(),
  /** Uses one program of a tool from now on; without a path, the app chooses again. */
  chooseTool: call(input(v.object({ tool, path: v.exactOptional(v.string()) }))).returns<void>(),
  /** Deletes a downloaded version. */
  removeTool: call(input(v.object({ tool, version: v.string() }))).returns<void>(),
}
