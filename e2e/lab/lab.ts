import { execFile, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { access, readFile, readlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A real control plane on this machine, run as plain processes. */
export interface Lab {
  /** The administrator's; its context has the cluster's name. */
  readonly kubeconfig: string
  /** Of a user who may only look; its context has the same name. */
  readonly viewerKubeconfig: string
  /** Runs the real kubectl as the administrator; returns what it prints. */
  kubectl(...args: readonly string[]): Promise<string>
  /** `kubectl apply` of a text. */
  apply(yaml: string): Promise<void>
  /** Puts a port of this machine behind a port of every pod. */
  route(port: number, hostPort: number): Promise<void>
  /** kill -9 of the API server; returns the function that starts it again, as it was, on the same store. */
  killApiServer(): Promise<() => Promise<void>>
  stop(): Promise<void>
}

/** The folder of the lab: the one that is named, else the one beside the project. */
export const labFolder = (): string =>
  process.env['MESH_WORKBENCH_LAB'] ?? resolve(import.meta.dirname, '../../../shared/lab')

/** The folder of the lab's programs: kubectl, istioctl, kube-apiserver and so on. */
export async function labTools(): Promise<string> {
  const { stdout } = await run(join(labFolder(), 'tools'))
  return stdout.trim()
}

/** Starts a cluster, with Istio's CRDs and its real istiod unless it is to be a plain one. */
export async function startLab(name: string, { withoutIstiod = false } = {}): Promise<Lab> {
  const folder = labFolder()
  const tools = await labTools()
  // A cluster that an interrupted run has left is not this run's.
  await run(join(folder, 'down'), ['--name', name])
  const { stdout } = await run(join(folder, 'up'), ['--name', name, ...(withoutIstiod ? [] : ['--istiod'])])
  const kubeconfig = stdout.trim().split('\n').at(-1) ?? ''
  await access(kubeconfig)
  const state = dirname(kubeconfig)
  const kubectl = (...args: readonly string[]) =>
    run(join(tools, 'kubectl'), ['--kubeconfig', kubeconfig, ...args])
  return {
    kubeconfig,
    viewerKubeconfig: join(state, 'viewer.kubeconfig'),
    kubectl: async (...args) => (await kubectl(...args)).stdout,
    apply: async yaml => {
      const running = kubectl('apply', '-f', '-')
      running.child.stdin?.end(yaml)
      await running
    },
    route: async (port, hostPort) => {
      await run(join(folder, 'route'), ['--name', name, `${port}=${hostPort}`])
    },
    killApiServer: () => killProcess(state, 'kube-apiserver'),
    stop: async () => {
      await run(join(folder, 'down'), ['--name', name])
    },
  }
}

/** Kills a process of the cluster. The lab knows its processes by id and start time, one a line: NAME ID TIME. */
export async function killProcess(state: string, name: string): Promise<() => Promise<void>> {
  const register = join(state, 'processes')
  const lines = (await readFile(register, 'utf8')).split('\n')
  const index = lines.findIndex(line => line.startsWith(`${name} `))
  const id = Number(lines[index]?.split(' ')[1])
  if (!Number.isInteger(id)) throw new Error(`${register} names no ${name}`)
  const [program, commandLine, cwd] = await Promise.all([
    readlink(`/proc/${id}/exe`),
    readFile(`/proc/${id}/cmdline`, 'utf8'),
    readlink(`/proc/${id}/cwd`),
  ])
  // One program serves several names: what it is called decides what it does.
  const [argv0 = name, ...args] = commandLine.split('\0').slice(0, -1)
  process.kill(id, 'SIGKILL')
  return async () => {
    const log = openSync(join(state, 'log', `${name}-again`), 'w')
    const child = spawn(program, args, { argv0, cwd, detached: true, stdio: ['ignore', log, log] })
    child.unref()
    // Field 22 is the start time; the name in field 2 may hold spaces. Source: proc_pid_stat(5)
    const stat = await readFile(`/proc/${String(child.pid)}/stat`, 'utf8')
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
    lines[index] = `${name} ${String(child.pid)} ${startTime}`
    await writeFile(register, lines.join('\n'))
  }
}
