import { readFile, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { availableParallelism, totalmem } from 'node:os'
import { dirname } from 'node:path'
import type { MachineFacts, PortUse } from '../../../domain/setup/clusters/check-machine.ts'
import { findPortOwner } from './find-port-owner.ts'

/** What this machine has; Docker Desktop and podman machine run in a virtual machine with less, which the engine reports. */
export async function measureMachine(ports: readonly number[], folder: string): Promise<MachineFacts> {
  const [freeDisk, inotifyWatches, inotifyInstances, busy] = await Promise.all([
    measureDisk(folder),
    readLimit('max_user_watches'),
    readLimit('max_user_instances'),
    Promise.all(ports.map(async port => ((await isBusy(port)) ? [await describeUse(port)] : []))),
  ])
  return {
    cpus: availableParallelism(),
    memory: totalmem(),
    busyPorts: busy.flat(),
    ...(freeDisk === undefined ? {} : { freeDisk }),
    ...(inotifyWatches === undefined ? {} : { inotifyWatches }),
    ...(inotifyInstances === undefined ? {} : { inotifyInstances }),
  }
}

/** The app's folder may not be there yet; then what will hold it is measured. */
async function measureDisk(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch {
    const parent = dirname(folder)
    return parent === folder ? undefined : await measureDisk(parent)
  }
}

/** Linux only; elsewhere the container engine's machine has limits of its own, which cannot be read from here. */
async function readLimit(name: string): Promise<number | undefined> {
  try {
    return Number(await readFile(`/proc/sys/fs/inotify/${name}`, 'utf8'))
  } catch {
    return undefined
  }
}

/** Whether somebody listens there. Ports below 1024 may be closed to this process and open to the engine: that is free. */
const isBusy = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(false)))
  })

async function describeUse(port: number): Promise<PortUse> {
  const owner = await findPortOwner(port)
  return owner === undefined ? { port } : { port, owner }
}
