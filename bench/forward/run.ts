/**
 * Throughput of our port-forward beside the real kubectl's, through a real kube-apiserver, in one run: one stream, 64
 * and 200 at once; then the memory that a reader costs who stalls in the middle of 1 GiB. Each forward is a process of
 * its own; both have the same client and the same server behind them, and take turns. `npm run bench:forward`.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { labTools, startLab, type Lab } from '../../e2e/lab/lab.ts'

const NAME = 'bench-forward'
const POD_PORT = 8080
const MIB = 1024 * 1024
const ROUNDS = 5
const BYTES = 192 * MIB
const STALLED = 1024 * MIB

const POD = `
apiVersion: v1
kind: Pod
metadata: {name: bytes, namespace: default}
spec:
  containers: [{name: bytes, image: none, ports: [{containerPort: ${String(POD_PORT)}}]}]
`

/** A child that prints its port on the first line with a number at its end. */
interface Listening {
  readonly child: ChildProcess
  readonly port: number
}

async function start(command: string, args: readonly string[], env = process.env): Promise<Listening> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /(?:^|127\.0\.0\.1:)(\d+)/.exec(line)?.[1]
    if (port !== undefined) {
      child.stdout.resume()
      return { child, port: Number(port) }
    }
  }
  throw new Error(`${command} ended without a port`)
}

const stop = async ({ child }: Listening): Promise<void> => {
  if (child.exitCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** Reads so many bytes over one connection. */
const read = (port: number, bytes: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let left = bytes
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`${String(left)} bytes are missing`)))
    socket.on('connect', () => socket.write(`${String(bytes)}\n`))
    socket.on('data', ({ length }) => {
      left -= length
      if (left > 0) return
      resolve()
      socket.destroy()
    })
  })

/** MiB a second over so many connections at once. */
async function measure(port: number, streams: number): Promise<number> {
  const each = Math.floor(BYTES / streams)
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: streams }, () => read(port, each)))
  return (each * streams) / MIB / ((performance.now() - startedAt) / 1000)
}

/** The most memory that a process ever had, in MiB. Source: proc_pid_status(5), VmHWM. */
async function peakOf({ child }: Listening): Promise<number> {
  const status = await readFile(`/proc/${String(child.pid)}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
}

/** What a forward's memory grows to while one reader of 1 GiB does not read: until it does not grow any more. */
async function stall(forward: Listening): Promise<{ readonly before: number; readonly peak: number }> {
  await read(forward.port, MIB)
  const before = await peakOf(forward)
  const socket = connect({ port: forward.port, host: '127.0.0.1' })
  socket.on('error', () => socket.destroy())
  socket.write(`${String(STALLED)}\n`)
  await once(socket, 'data')
  socket.pause()
  let peak = 0
  for (let isGrowing = true; isGrowing;) {
    await new Promise(resolve => setTimeout(resolve, 3_000))
    const now = await peakOf(forward)
    isGrowing = now > peak
    peak = now
  }
  socket.destroy()
  return { before, peak }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN

async function compare(lab: Lab): Promise<void> {
  const kubectl = join(await labTools(), 'kubectl')
  const openers = {
    kubectl: () =>
      start(kubectl, [
        ...['--kubeconfig', lab.kubeconfig, 'port-forward', 'pod/bytes'],
        ...['--address', '127.0.0.1', `:${String(POD_PORT)}`],
      ]),
    ours: () =>
      start(
        process.execPath,
        [join(import.meta.dirname, 'our-forward.ts'), NAME, 'bytes', String(POD_PORT)],
        {
          ...process.env,
          KUBECONFIG: lab.kubeconfig,
        },
      ),
  }
  console.log('streams   kubectl      ours   ratio (median of the rounds; MiB/s)')
  for (const [streams, goal] of [
    [1, 1],
    [64, 1.2],
    [200, 1.2],
  ] as const) {
    const [theirs, ours] = [await openers.kubectl(), await openers.ours()]
    await measure(theirs.port, streams)
    await measure(ours.port, streams)
    const figures: { readonly theirs: number; readonly ours: number }[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const first = await measure(theirs.port, streams)
      figures.push({ theirs: first, ours: await measure(ours.port, streams) })
    }
    const show = (value: number): string => value.toFixed(0).padStart(9)
    const ratio = median(figures.map(each => each.ours / each.theirs))
    console.log(
      `${String(streams).padStart(7)} ${show(median(figures.map(each => each.theirs)))} ${show(median(figures.map(each => each.ours)))} ${ratio.toFixed(2).padStart(7)}  (goal ${goal.toFixed(1)})`,
    )
    await Promise.all([stop(theirs), stop(ours)])
  }
  for (const [name, open] of Object.entries(openers)) {
    const forward = await open()
    const { before, peak } = await stall(forward)
    console.log(
      `stalled reader, ${name}: ${peak.toFixed(0)} MiB at most, ${(peak - before).toFixed(0)} more than before`,
    )
    await stop(forward)
  }
}

const lab = await startLab(NAME, { withoutIstiod: true })
const server = await start(process.execPath, [join(import.meta.dirname, 'byte-server.ts')])
try {
  await lab.route(POD_PORT, server.port)
  await lab.apply(POD)
  await lab.kubectl('wait', '--for=condition=Ready', 'pod/bytes', '--timeout=60s')
  await compare(lab)
} finally {
  await stop(server)
  await lab.stop()
}
