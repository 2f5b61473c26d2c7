import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '..', '..')

// Node 24, which runs TypeScript, comes with the dependencies; this process may run on an older one.
const ownNode = join(root, 'node_modules', '.bin', 'node')
const node = existsSync(ownNode) ? ownNode : process.execPath

/** The folder of the lab; undefined where this machine has none. */
export function findLab(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return [env['MESH_WORKBENCH_LAB'], join(root, '..', 'shared', 'lab')].find(
    folder => folder !== undefined && folder !== '' && existsSync(join(folder, 'tools')),
  )
}

export const tutorialFolder = (lab: string): string => join(lab, '..', 'tutorial')

/** The folder of the lab's kubectl, kube-apiserver and so on. */
export const labPrograms = (lab: string): string =>
  execFileSync(join(lab, 'tools'), { encoding: 'utf8' }).trim()

export interface PlaygroundProcess {
  readonly kubeconfig: string
  /** A folder of its own for files of the test. */
  readonly folder: string
  stop(): Promise<void>
}

/** Runs `mesh-workbench playground --ephemeral` until stopped. */
export async function runPlayground(): Promise<PlaygroundProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-workbench-kubectl-'))
  const child = spawn(
    node,
    [
      join(root, 'src', 'cli', 'index.ts'),
      'playground',
      '--ephemeral',
      '--kubeconfig',
      join(folder, 'config'),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  return { kubeconfig: await firstLine(child), folder, stop: () => stop(child, folder) }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (!child.stdout) throw new Error('the playground has no output')
    createInterface(child.stdout).once('line', resolve)
    child.once('exit', code => reject(new Error(`the playground ended with ${String(code)}`)))
  })
}

function stop(child: ChildProcess, folder: string): Promise<void> {
  return new Promise(resolve => {
    child.once('exit', () => {
      rmSync(folder, { recursive: true, force: true })
      resolve()
    })
    child.kill('SIGTERM')
  })
}
