import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * Whether this program may read its terminal: a program in the background (`serve &`) is stopped by the system when it
 * tries. Fields 5 and 8 of the line are the process group and the terminal's foreground group. Source: proc(5).
 */
function mayReadTerminal(): boolean {
  if (!process.stdin.isTTY) return true
  try {
    const line = readFileSync('/proc/self/stat', 'utf8')
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
    return fields[2] === fields[5]
  } catch {
    return process.platform !== 'linux'
  }
}

/** Calls back at each Enter in the terminal, or line of a pipe. Returns what stops it. */
export function onEnter(listener: () => void): () => void {
  if (!mayReadTerminal()) return () => {}
  const lines = createInterface({ input: process.stdin })
  lines.on('line', listener)
  // A pipe that ends must not keep the program, nor end it.
  lines.on('error', () => {})
  return () => lines.close()
}
