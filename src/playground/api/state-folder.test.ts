import { spawn, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import type { Problem } from '../../domain/problem.ts'
import { startPlayground, type Playground } from '../start.ts'
import { makeCertificate } from './certificate.ts'
import { readChanges, withChanges } from './change-log.ts'
import { realDisk, type Disk } from './disk.ts'
import { openStateFolder } from './state-folder.ts'

const resourcesFolder = join(import.meta.dirname, '../../../resources')
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-workbench-state-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Sends a ConfigMap to the API server of a kubeconfig; gives the status and the Warning headers. */
function send(
  kubeconfig: string,
  name: string,
  method = 'POST',
): Promise<{ status: number; warning: string }> {
  const { clusters, users } = parse(kubeconfig) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
    users: { user: { token: string } }[]
  }
  const [{ cluster } = { cluster: { server: '', 'certificate-authority-data': '' } }] = clusters
  return new Promise((resolve, reject) => {
    const path = `/api/v1/namespaces/default/configmaps${method === 'POST' ? '' : `/${name}`}`
    const sent = request(
      `${cluster.server}${path}`,
      {
        method,
        agent: false,
        ca: Buffer.from(cluster['certificate-authority-data'], 'base64'),
        headers: {
          authorization: `Bearer ${users[0]?.user.token ?? ''}`,
          'content-type': 'application/json',
        },
      },
      answer => {
        answer.resume()
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, warning: answer.headers['warning'] ?? '' }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(
      method === 'POST'
        ? JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: '1' } })
        : undefined,
    )
  })
}

test.each([
  ['no JSON', '{"version": 1, "resour'],
  ['another form', '{"version": 1, "objects": 3}'],
])('a damaged file (%s) is set aside and said', async (_name, text) => {
  writeFileSync(join(folder, 'objects.json'), text)
  const said: Problem[] = []
  const state = openStateFolder({ folder, disk: realDisk, onDamaged: each => said.push(each), now: () => 5 })
  expect(await state.readContents()).toBeUndefined()
  expect(said).toMatchObject([{ code: 'damaged' }])
  expect(readdirSync(folder)).toEqual(['objects.json.damaged-5'])
})

describe('a log', () => {
  const object = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })
  const put = (resourceVersion: number, name: string) => ({
    group: '',
    plural: 'configmaps',
    resourceVersion,
    name,
    object: object(name),
  })
  const lineOf = (change: object): string => `${JSON.stringify(change)}\n`

  test('whose last line is half is read up to there', () => {
    const text = `${lineOf(put(2, 'a'))}${lineOf(put(3, 'b'))}${lineOf(put(4, 'c')).slice(0, 20)}`
    expect(readChanges(text).map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('older than the contents changes nothing, newer ones do', () => {
    const contents = {
      resourceVersion: 3,
      objects: ['a', 'b'].map(name => ({ group: '', plural: 'configmaps', object: object(name) })),
    }
    const gone = { group: '', plural: 'configmaps', resourceVersion: 5, name: 'b' }
    const next = withChanges(contents, [put(2, 'old'), put(4, 'c'), gone])
    expect(next.resourceVersion).toBe(5)
    expect(next.objects.map(each => each.object.metadata.name)).toEqual(['a', 'c'])
  })
})

test('a write is acknowledged when it is on the disk, and not before', async () => {
  let letGo = (): void => {}
  let isHeld = false
  const disk: Disk = {
    ...realDisk,
    async openGrowing(path) {
      const file = await realDisk.openGrowing(path)
      return {
        ...file,
        async sync() {
          if (isHeld) await new Promise<void>(resolve => (letGo = resolve))
          await file.sync()
        },
      }
    },
  }
  const playground = await startPlayground({ dataFolder: folder, resourcesFolder, disk })
  try {
    await send(playground.kubeconfig, 'before')
    isHeld = true
    let isAcknowledged = false
    const sent = send(playground.kubeconfig, 'held').then(answer => {
      isAcknowledged = true
      return answer
    })
    // It is in the log, and the flush has not ended.
    await vi.waitFor(() => expect(readFileSync(join(folder, 'objects.log'), 'utf8')).toContain('held'), {
      timeout: 30_000,
    })
    expect((await send(playground.kubeconfig, 'held', 'GET')).status).toBe(200)
    expect(isAcknowledged).toBe(false)
    isHeld = false
    letGo()
    expect((await sent).status).toBe(201)
  } finally {
    isHeld = false
    letGo()
    await playground.stop()
  }
})

test('what was acknowledged is there after kill -9', async () => {
  const script = `
    import { startPlayground } from ${JSON.stringify(join(import.meta.dirname, '../start.ts'))}
    const playground = await startPlayground({
      dataFolder: ${JSON.stringify(folder)}, resourcesFolder: ${JSON.stringify(resourcesFolder)} })
    console.log(playground.kubeconfigPath)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [path] = (await once(createInterface(child.stdout), 'line')) as [string]
  const kubeconfig = readFileSync(path, 'utf8')
  const names = Array.from({ length: 22 }, (_, number) => `kept-${String(number)}`)
  const statuses = await Promise.all(names.map(async name => (await send(kubeconfig, name)).status))
  expect((await send(kubeconfig, 'kept-0', 'DELETE')).status).toBe(200)
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
  expect(statuses).toEqual(names.map(() => 201))

  const again = await startPlayground({ dataFolder: folder, resourcesFolder })
  try {
    const found = await Promise.all(
      names.map(async name => (await send(again.kubeconfig, name, 'GET')).status),
    )
    expect(found).toEqual([404, ...names.slice(1).map(() => 200)])
    expect(statSync(join(folder, 'objects.log')).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).filter(name => name.endsWith('.new'))).toEqual([])
  } finally {
    await again.stop()
  }
})

describe.each([['ENOSPC'], ['EROFS'], ['EACCES']])('a disk that takes nothing (%s)', code => {
  const refuse = (): never => {
    throw Object.assign(new Error(`${code}: refused`), { code })
  }
  let isFull = true
  const disk: Disk = {
    ...realDisk,
    write: (path, text) => (isFull ? Promise.resolve().then(refuse) : realDisk.write(path, text)),
    openGrowing: path => (isFull ? Promise.resolve().then(refuse) : realDisk.openGrowing(path)),
  }

  test('is said, the playground works in memory, and is kept when the disk takes it again', async () => {
    isFull = true
    const said: (Problem | undefined)[] = []
    const playground: Playground = await startPlayground({
      dataFolder: folder,
      resourcesFolder,
      disk,
      onStorage: problem => said.push(problem),
    })
    try {
      expect(said).toMatchObject([{ code: 'not-kept' }])
      const answer = await send(playground.kubeconfig, 'in-memory')
      expect(answer.status).toBe(201)
      expect(answer.warning).toContain('299')
      expect((await send(playground.kubeconfig, 'in-memory', 'GET')).status).toBe(200)
      isFull = false
      await playground.reset()
      expect(said.at(-1)).toBeUndefined()
    } finally {
      await playground.stop()
    }
  })
})

/** Where root may mount: a disk of 64 kB. */
function mountSmallDisk(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
  const path = mkdtempSync(join(tmpdir(), 'mesh-workbench-disk-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path])
  return status === 0 ? path : undefined
}
const smallDisk = mountSmallDisk()
afterAll(() => {
  if (smallDisk === undefined) return
  spawnSync('umount', [smallDisk])
  rmSync(smallDisk, { recursive: true, force: true })
})

test.runIf(smallDisk !== undefined)('a disk that is really full is said, and survived', async () => {
  const disk = smallDisk ?? ''
  // Nothing is left of it.
  expect(() => writeFileSync(join(disk, 'fill'), Buffer.alloc(100_000))).toThrow(/ENOSPC/)
  const said: (Problem | undefined)[] = []
  const playground = await startPlayground({
    dataFolder: disk,
    resourcesFolder,
    onStorage: problem => said.push(problem),
  })
  try {
    expect(said).toMatchObject([{ code: 'not-kept' }])
    expect(await send(playground.kubeconfig, 'in-memory')).toMatchObject({
      status: 201,
      warning: expect.stringContaining('299') as string,
    })
    rmSync(join(disk, 'fill'))
    spawnSync('mount', ['-o', 'remount,size=64m', disk])
    await playground.reset()
    expect(said.at(-1)).toBeUndefined()
  } finally {
    await playground.stop()
  }
})

test('the certificate is for 127.0.0.1 and by its CA', async () => {
  const { ca, certificate } = await makeCertificate(Date.UTC(2026, 10, 22))
  const leaf = new X509Certificate(certificate)
  expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(leaf.verify(new X509Certificate(ca).publicKey)).toBe(true)
  expect(leaf.validToDate.getUTCFullYear()).toBe(2036)
})
