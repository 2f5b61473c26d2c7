import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { labFolder, labTools } from './lab.ts'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../..')
export const LAB_STATES =
  process.env['MESH_LAB_STATE'] ??
  join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'mesh-workbench/lab')

export const GATEWAY_API = (): string => join(labFolder(), 'data/gateway-api-1.5.1-standard.yaml')

export interface Run {
  readonly code: number | null
  readonly output: string
}

export interface SetUpOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Called with all that was printed so far; may do something in the middle. */
  readonly onOutput?: (text: string, interrupt: () => void) => void
}

/** A machine without anything but kind, istioctl and linkerd: a kubeconfig and an app folder of its own. */
export interface Machine {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  /** The `setup` command with these arguments. */
  readonly setUp: (args: readonly string[], options?: SetUpOptions) => Promise<Run>
  /** Another program; what it prints. */
  readonly call: (program: string, ...args: readonly string[]) => Promise<string>
  readonly stop: () => Promise<void>
}

export async function openMachine(): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-workbench-setup-'))
  const env = {
    ...process.env,
    PATH: [labFolder(), await labTools(), process.env['PATH'] ?? ''].join(':'),
    KUBECONFIG: join(folder, 'kubeconfig'),
    MESH_WORKBENCH_DATA: join(folder, 'data'),
  }
  return {
    folder,
    env,
    setUp: (args, { env: more = {}, onOutput } = {}) =>
      new Promise(done => {
        const program = join(ROOT, 'src/cli/index.ts')
        const child = spawn(join(ROOT, 'node_modules/.bin/node'), [program, 'setup', ...args], {
          env: { ...env, ...more },
        })
        let output = ''
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding('utf8').on('data', (text: string) => {
            output += text
            onOutput?.(output, () => child.kill('SIGINT'))
          })
        child.on('close', code => done({ code, output }))
      }),
    call: async (program, ...args) => (await run(program, args, { env })).stdout,
    stop: () => rm(folder, { recursive: true, force: true }),
  }
}
