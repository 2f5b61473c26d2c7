import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toProblem } from '../../../domain/problem.ts'
import type { Json } from '../../tasks/step-state.ts'
import type { Task } from '../../tasks/task.ts'
import { createTasks, type Tasks } from '../../tasks/tasks.ts'
import { defineToolInstall } from './define-tool-install.ts'
import { createTools, type Tools } from './tools.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void
const KIND = '/github.com/kubernetes-sigs/kind/releases/download/v0.32.0/kind-linux-amd64'
const LINKERD =
  '/github.com/linkerd/linkerd2/releases/download/edge-26.9.1/linkerd2-cli-edge-26.9.1-linux-amd64'
const BODY = Buffer.alloc(300_000, 'kind')
const sha256 = (body: string | Buffer): string => createHash('sha256').update(body).digest('hex')
const whole =
  (body: string | Buffer): Answer =>
  (_, response) =>
    void response.writeHead(200, { 'content-length': Buffer.byteLength(body) }).end(body)

let folder = ''
let server: Server
let mirror = ''
let answers: Record<string, Answer> = {}
let tools: Tools
let tasks: Tasks

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tool-install-'))
  server = createServer((request, response) => {
    const answer = answers[request.url ?? '']
    if (answer) answer(request, response)
    else response.writeHead(404).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  mirror = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  answers = { [`${KIND}.sha256sum`]: whole(`${sha256(BODY)}  kind-linux-amd64\n`), [KIND]: whole(BODY) }
  tools = createTools({
    folder: join(folder, 'tools'),
    env: { PATH: '' },
    platform: 'linux',
    arch: 'x64',
    mirror: () => Promise.resolve(mirror),
    pins: {},
    idleTimeoutMs: 5_000,
  })
  tasks = createTasks({
    folder: join(folder, 'tasks'),
    definitions: [defineToolInstall(tools)],
    now: () => 1,
  })
})
afterEach(async () => {
  await tasks.stop()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await rm(folder, { recursive: true, force: true })
})

const run = async (input: Json): Promise<Task> =>
  tasks.wait((await tasks.start({ kind: 'tool-install', input })).id)
const states = ({ steps }: Task): string[] => steps.map(({ name, state }) => `${name} ${state}`)
async function executables(): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter(each => each.isFile()).map(each => join(each.parentPath, each.name))
  const modes = await Promise.all(files.map(async path => ({ path, mode: (await stat(path)).mode })))
  return modes.filter(({ mode }) => (mode & 0o111) !== 0).map(({ path }) => path)
}
const kind = { tool: 'kind', version: 'v0.32.0' }
const linkerd = { tool: 'linkerd', version: 'edge-26.9.1' }

/** Half of the file, then the line is cut; a later request with the right range gets the rest. */
const cutOnce = (): Answer => {
  let isFirst = true
  const headers = { etag: '"one"', 'accept-ranges': 'bytes' }
  return ({ headers: asked }, response) => {
    if (isFirst) {
      isFirst = false
      response.writeHead(200, { ...headers, 'content-length': BODY.length })
      response.write(BODY.subarray(0, 150_000), () => response.destroy())
      return
    }
    const from = Number(/^bytes=(\d+)-$/.exec(asked.range ?? '')?.[1] ?? 0)
    response
      .writeHead(206, {
        ...headers,
        'content-length': BODY.length - from,
        'content-range': `bytes ${from}-${BODY.length - 1}/${BODY.length}`,
      })
      .end(BODY.subarray(from))
  }
}

describe('installing a tool', () => {
  test('downloads, verifies and installs it, and says who vouched for it', async () => {
    const task = await run(kind)
    expect(task).toMatchObject({ title: 'Install kind 0.32.0', state: 'done', leftovers: [] })
    expect(states(task)).toEqual(['download done', 'install done'])
    const program = join(folder, 'tools/kind/0.32.0/kind')
    expect(await executables()).toEqual([program])
    expect((await tools.find('kind')).programs).toEqual([
      { path: program, from: 'downloaded', version: '0.32.0', source: mirror + KIND, voucher: 'published' },
    ])
  })

  test('a wrong checksum fails its step, and nothing is there to run', async () => {
    answers[`${KIND}.sha256sum`] = whole(`${sha256('other')}  kind-linux-amd64\n`)
    const task = await run(kind)
    expect(states(task)).toEqual(['download done', 'install failed'])
    expect(task.steps[1]?.problem).toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/is not what was published/) as string,
    })
    expect(await executables()).toEqual([])
    expect(await readdir(join(folder, 'tools/downloads'))).toEqual([])
  })

  test('a mirror that goes down in the middle: what came is kept, and resuming goes on behind it', async () => {
    answers[KIND] = cutOnce()
    const failed = await run(kind)
    expect(states(failed)).toEqual(['download failed', 'install waiting'])
    expect(failed.leftovers[0]).toMatch(/^\d+ kB of kind 0\.32\.0 are kept/)
    expect(await executables()).toEqual([])
    await tasks.resume(failed.id)
    expect(states(await tasks.wait(failed.id))).toEqual(['download done', 'install done'])
    expect((await executables()).length).toBe(1)
  })

  test('a mirror that goes on with another file under the same ETag is found out, and the next attempt is whole', async () => {
    const cut = cutOnce()
    answers[KIND] = cut
    const failed = await run(kind)
    answers[KIND] = ({ headers }, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
      const rest = Buffer.alloc(BODY.length - from, 'evil')
      const range = `bytes ${from}-${BODY.length - 1}/${BODY.length}`
      response
        .writeHead(206, { etag: '"one"', 'content-length': rest.length, 'content-range': range })
        .end(rest)
    }
    await tasks.resume(failed.id)
    const refused = await tasks.wait(failed.id)
    expect(states(refused)).toEqual(['download done', 'install failed'])
    expect(refused.steps[1]?.problem?.message).toMatch(/is not what was published/)
    expect(await executables()).toEqual([])
    expect(await readdir(join(folder, 'tools/downloads'))).toEqual([])
    answers[KIND] = whole(BODY)
    await tasks.resume(failed.id)
    expect((await tasks.wait(failed.id)).state).toBe('done')
  })

  test('stopped, it says what it keeps, and resuming finishes', async () => {
    let stop = (): void => {}
    const isHalfThere = new Promise<void>(resolve => (stop = resolve))
    answers[KIND] = (_, response) => {
      response.writeHead(200, { etag: '"one"', 'content-length': BODY.length })
      response.write(BODY.subarray(0, 100_000), () => stop())
    }
    const { id } = await tasks.start({ kind: 'tool-install', input: kind })
    await isHalfThere
    for await (const [task] of tasks.watch(new AbortController().signal))
      if ((task?.steps[0]?.progress ?? 0) > 0) break
    expect(await executables()).toEqual([])
    const stopped = await tasks.cancel(id)
    expect(await executables()).toEqual([])
    expect(states(stopped)).toEqual(['download cancelled', 'install waiting'])
    expect(stopped.leftovers[0]).toMatch(/are kept/)
    answers[KIND] = whole(BODY)
    await tasks.resume(id)
    expect((await tasks.wait(id)).state).toBe('done')
  })

  test('without a published checksum it waits until the user confirms the hash', async () => {
    answers[LINKERD] = whole('linkerd')
    const task = await run(linkerd)
    expect(task.steps[1]?.problem).toMatchObject({
      code: 'restricted',
      message: expect.stringContaining(sha256('linkerd')) as string,
    })
    const waiting = { ...linkerd, sha256: sha256('linkerd'), from: mirror + LINKERD, isImport: false }
    expect(await tools.listUnconfirmed()).toEqual([waiting])
    expect(await executables()).toEqual([])
    expect((await run({ ...linkerd, confirmed: sha256('linkerd') })).state).toBe('done')
    expect(await tools.listUnconfirmed()).toEqual([])
    expect((await tools.find('linkerd')).used).toMatchObject({ voucher: 'confirmed' })
  })

  test('a file that was not confirmed can be thrown away', async () => {
    answers[LINKERD] = whole('linkerd')
    await run(linkerd)
    for (const file of await tools.listUnconfirmed()) await tools.discard(file)
    expect(await tools.listUnconfirmed()).toEqual([])
    expect(await readdir(join(folder, 'tools/downloads'))).toEqual([])
  })

  test('an imported file asks the same', async () => {
    const file = join(folder, 'stick')
    await writeFile(file, BODY)
    const task = await run({ ...kind, file })
    expect(task).toMatchObject({ title: 'Import kind 0.32.0', state: 'failed' })
    expect(await tools.listUnconfirmed()).toMatchObject([{ from: file, isImport: true }])
    expect((await run({ ...kind, file, confirmed: sha256(BODY) })).state).toBe('done')
    expect((await tools.find('kind')).used).toMatchObject({ source: file, voucher: 'confirmed' })
  })

  test.each([
    [null, ''],
    [{ tool: 'helm', version: '1.2.3' }, 'tool'],
    [{ tool: 'kind' }, 'version'],
    [{ tool: 'kind', version: 'latest' }, undefined],
    [{ tool: 'kind', version: '../../x' }, undefined],
    [{ tool: 'kind', version: '0.32.0', confirmed: 7 }, 'confirmed'],
  ] satisfies [Json, string | undefined][])('%j is rejected before anything begins', async (input, at) => {
    const problem = await tasks.start({ kind: 'tool-install', input }).then(() => undefined, toProblem)
    expect(problem?.code).toBe('bad-input')
    expect(problem?.at).toBe(at)
    expect(await tasks.list()).toEqual([])
  })

  test('a note that is no note is passed over', async () => {
    await run(kind)
    await writeFile(join(folder, 'tools/downloads/x.unconfirmed.json'), '{"tool": "kind"}')
    await writeFile(join(folder, 'tools/downloads/y.unconfirmed.json'), '{')
    expect(await tools.listUnconfirmed()).toEqual([])
  })
})
