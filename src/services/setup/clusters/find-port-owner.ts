import { readdir, readFile, readlink } from 'node:fs/promises'

/**
 * Which process listens on a TCP port, where this machine lets its user know; on Linux only processes of the same user.
 * Source: proc_net(5), proc_pid_fd(5)
 */
export async function findPortOwner(port: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  const inodes = new Set((await Promise.all(['tcp', 'tcp6'].map(table => findListeners(table, port)))).flat())
  if (inodes.size === 0) return undefined
  for (const id of await readdir('/proc')) {
    if (!/^\d+$/.test(id)) continue
    if (!(await hasSocket(id, inodes))) continue
    const name = await readFile(`/proc/${id}/comm`, 'utf8').catch(() => 'a process')
    return `${name.trim()}, process ${id}`
  }
  return undefined
}

const LISTENS = '0A'

async function findListeners(table: string, port: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/net/${table}`, 'utf8').catch(() => '')
  return text.split('\n').flatMap(line => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
    const isIt = state === LISTENS && Number.parseInt(local?.split(':')[1] ?? '', 16) === port
    return isIt && inode !== undefined ? [inode] : []
  })
}

/** The files of other users' processes cannot be seen, and processes come and go while they are looked through. */
async function hasSocket(id: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const files = await readdir(`/proc/${id}/fd`).catch(() => [])
  const targets = await Promise.all(files.map(file => readlink(`/proc/${id}/fd/${file}`).catch(() => '')))
  return targets.some(target => inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? ''))
}
