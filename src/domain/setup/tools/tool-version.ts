import { ProblemError } from '../../problem.ts'
import { readVersion } from '../versions/version.ts'
import type { ToolName } from './tool-name.ts'

/** A version as the tool's project writes it, without the leading v; a problem where it is none. */
export function readToolVersion(tool: ToolName, version: string): string {
  const parts = readVersion(version)
  const isEdge = /^(?:edge|stable)-/.test(version)
  if (parts?.patch === undefined || isEdge !== (tool === 'linkerd') || version.length > 60)
    throw new ProblemError({
      code: 'bad-input',
      message: `${JSON.stringify(version)} is not a version of ${tool}`,
      hint: tool === 'linkerd' ? 'Write it as edge-26.9.1.' : 'Write it as 1.35.8.',
    })
  return version.replace(/^v/, '')
}
