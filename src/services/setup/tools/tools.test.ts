import { TOOL_NAMES } from '../../../domain/setup/tools/tool-name.ts'
import { createHash } from 'node:crypto'
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toProblem } from '../../../domain/problem.ts'
import { hashFile, readHash, readPublishedChecksum } from './checksum.ts'
import { download } from './download.ts'
import { findOnPath } from './find-programs.ts'
import { followRedirect, mirrorUrl, readDownloadUrl } from './mirror.ts'
import { findRelease, readPlatform } from './tool-catalog.ts'
import { openToolStore } from './tool-store.ts'
import { createTools, type ToolsDependencies } from './tools.ts'

const PROGRAM = '#!/bin/sh\necho "kind v0.33.0 go1.26 linux/amd64"\n'
const sha256 = (body: string | Buffer): string => createHash('sha256').update(body).digest('hex')

type Answer = (request: IncomingMessage, response: ServerResponse) => void
let folder = ''
let server: Server
let mirror = ''
let answers: Record<string, Answer> = {}
let asked: { path: string; range: string | undefined }[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tools-'))
  answers = {}
  asked = []
  server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push({ path, range: request.headers.range })
    const answer = answers[path]
    if (answer) answer(request, response)
    else response.writeHead(404).end('no')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  mirror = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await rm(folder, { recursive: true, force: true })
})

const KIND = '/github.com/kubernetes-sigs/kind/releases/download/v0.33.0/kind-linux-amd64'
const LINKERD =
  '/github.com/linkerd/linkerd2/releases/download/edge-26.9.1/linkerd2-cli-edge-26.9.1-linux-amd64'
const text =
  (body: string | Buffer): Answer =>
  (_, response) =>
    void response.writeHead(200, { 'content-length': Buffer.byteLength(body) }).end(body)

const tools = (dependencies: Partial<ToolsDependencies> = {}) =>
  createTools({
    folder: join(folder, 'tools'),
    env: { PATH: '' },
    platform: 'linux',
    arch: 'x64',
    mirror: () => Promise.resolve(mirror),
    pins: {},
    idleTimeoutMs: 5_000,
    ...dependencies,
  })
const install = { tool: 'kind', version: '0.33.0' } as const
const complaint = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    value => `no problem: ${JSON.stringify(value)}`,
    (error: unknown) => `${toProblem(error).code}: ${toProblem(error).message}`,
  )
/** Files under the app's folder that anybody may execute. */
async function executables(): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter(each => each.isFile()).map(each => join(each.parentPath, each.name))
  const modes = await Promise.all(files.map(async path => ({ path, mode: (await stat(path)).mode })))
  return modes.filter(({ mode }) => (mode & 0o111) !== 0).map(({ path }) => path)
}

describe('an install', () => {
  test('verified by the published checksum, it is found, run and used', async () => {
    answers[KIND] = text(PROGRAM)
    answers[`${KIND}.sha256sum`] = text(`${sha256(PROGRAM)}  kind-linux-amd64\n`)
    const progress: number[] = []
    const outcome = await tools().install({ ...install, onProgress: ({ bytes }) => progress.push(bytes) })
    expect(outcome).toMatchObject({
      state: 'installed',
      installed: { voucher: 'published', version: '0.33.0' },
    })
    expect(progress.at(-1)).toBe(PROGRAM.length)
    expect(await executables()).toEqual([join(folder, 'tools/kind/0.33.0/kind')])
    expect(await tools().find('kind')).toMatchObject({
      used: { from: 'downloaded', version: '0.33.0' },
      why: 'It is the newest that was downloaded',
    })
    expect(await readdir(join(folder, 'tools/downloads'))).toEqual([])
  })

  test('several versions lie side by side, one can be removed', async () => {
    for (const version of ['0.32.0', '0.33.0']) {
      const path = KIND.replace('0.33.0', version)
      answers[path] = text(PROGRAM)
      answers[`${path}.sha256sum`] = text(`${sha256(PROGRAM)} *./bin/kind-linux-amd64`)
      await tools().install({ tool: 'kind', version })
    }
    expect((await tools().find('kind')).programs.map(each => each.version)).toEqual(['0.33.0', '0.32.0'])
    expect(await tools().find('kind', '0.32')).toMatchObject({
      used: { version: '0.32.0' },
      why: 'It is the newest that was downloaded that is 0.32',
    })
    expect(await tools().find('kind', '0.31')).toMatchObject({ why: 'kind 0.31 is not installed' })
    await tools().remove('kind', '0.33.0')
    expect((await tools().find('kind')).used?.version).toBe('0.32.0')
  })

  test.each([
    [
      'the published checksum is of something else',
      () => text(`${sha256('other')}  kind-linux-amd64`),
      /^invalid: .* is not what was published: its SHA-256 is/,
    ],
    ['there is no checksum', () => undefined, /^not-found: .*sha256sum answered 404/],
    [
      'the checksum is of another file',
      () => text(`${sha256(PROGRAM)}  kind-linux-arm64\nx`),
      /^invalid: .*do not name kind-linux-amd64/,
    ],
    ['the checksum is a page', () => text('<html>log in</html>'), /^invalid: .*do not name/],
    ['the checksum is empty', () => text(''), /^invalid: .*do not name/],
    ['the checksum is huge', () => text('x'.repeat(300_000)), /^invalid: .*too long/],
    [
      'two checksums contradict',
      () => text(`${sha256(PROGRAM)}  kind-linux-amd64\n${sha256('b')}  kind-linux-amd64`),
      /^invalid: .*contradict/,
    ],
  ] satisfies [string, () => Answer | undefined, RegExp][])(
    'is refused where %s',
    async (_, checksum, message) => {
      answers[KIND] = text(PROGRAM)
      const answer = checksum()
      if (answer) answers[`${KIND}.sha256sum`] = answer
      expect(await complaint(tools().install(install))).toMatch(message)
      expect(await executables()).toEqual([])
      expect((await tools().find('kind')).programs).toEqual([])
    },
  )

  test('a program that was changed after it was verified is not used', async () => {
    answers[KIND] = text(PROGRAM)
    answers[`${KIND}.sha256sum`] = text(sha256(PROGRAM))
    const own = tools()
    await own.install(install)
    expect((await own.find('kind')).used?.version).toBe('0.33.0')
    await writeFile(join(folder, 'tools/kind/0.33.0/kind'), `${PROGRAM}rm -rf x\n`)
    expect(await own.find('kind')).toMatchObject({
      why: 'No kind on this machine can be run',
      programs: [{ problem: { message: 'kind 0.33.0 is not the program any more that was verified' } }],
    })
    await own.install(install)
    expect((await own.find('kind')).used?.version).toBe('0.33.0')
  })

  test('a program that was swapped for one of the same length and time is not used', async () => {
    answers[KIND] = text(PROGRAM)
    answers[`${KIND}.sha256sum`] = text(sha256(PROGRAM))
    const own = tools()
    await own.install(install)
    const path = join(folder, 'tools/kind/0.33.0/kind')
    expect((await own.find('kind')).used?.path).toBe(path)
    const { atime, mtime } = await stat(path)
    await writeFile(path, PROGRAM.replace('echo', 'evil'))
    await utimes(path, atime, mtime)
    expect((await own.find('kind')).used).toBeUndefined()
  })

  test('a file that is swapped between its check and its use is refused', async () => {
    const file = join(folder, 'waiting')
    await writeFile(file, 'evil')
    const store = openToolStore(join(folder, 'tools'), 'linux')
    const entry = { ...install, file, sha256: sha256(PROGRAM), voucher: 'published', from: 'x' } as const
    expect(await complaint(store.add(entry))).toMatch(/^invalid: .* changed after it was verified/)
    expect(await executables()).toEqual([])
    expect(await store.list('kind')).toEqual([])
  })

  test('a link in the place of what waits is not followed into the store', async () => {
    const target = join(folder, 'elsewhere')
    await writeFile(target, PROGRAM, { mode: 0o600 })
    const file = join(folder, 'waiting')
    await symlink(target, file)
    const store = openToolStore(join(folder, 'tools'), 'linux')
    const entry = { ...install, file, sha256: sha256(PROGRAM), voucher: 'published', from: 'x' } as const
    expect(await complaint(store.add(entry))).toMatch(/^invalid: .* is a link/)
    expect(await executables()).toEqual([])
  })

  test('a pin decides over a mirror whose checksum fits its lie', async () => {
    answers[KIND] = text('lie')
    answers[`${KIND}.sha256sum`] = text(`${sha256('lie')}  kind-linux-amd64`)
    const pins = { [`https:/${KIND}`]: sha256(PROGRAM) }
    expect(await complaint(tools({ pins }).install(install))).toMatch(/is not what was published/)
    expect(await executables()).toEqual([])
    answers[KIND] = text(PROGRAM)
    expect(await tools({ pins }).install(install)).toMatchObject({ installed: { voucher: 'pinned' } })
    expect(asked.filter(({ path }) => path.endsWith('sum'))).toEqual([])
  })

  test('without a published checksum the user confirms the hash, and nothing is executable before', async () => {
    const linkerd = { tool: 'linkerd', version: 'edge-26.9.1' } as const
    answers[LINKERD] = text('linkerd')
    expect(await tools().install(linkerd)).toEqual({
      state: 'unconfirmed',
      sha256: sha256('linkerd'),
      from: mirror + LINKERD,
    })
    expect(await executables()).toEqual([])
    expect(await complaint(tools().install({ ...linkerd, confirmed: 'yes' }))).toMatch(
      /^bad-input: "yes" is not a SHA-256/,
    )
    const outcome = await tools().install({
      ...linkerd,
      confirmed: ` SHA256:${sha256('linkerd').toUpperCase()} `,
    })
    expect(outcome).toMatchObject({ state: 'installed', installed: { voucher: 'confirmed' } })
    expect(asked.length).toBe(1)
    expect(await executables()).toEqual([join(folder, 'tools/linkerd/edge-26.9.1/linkerd')])
  })

  test('a confirmed hash of something else is refused, and the file is gone', async () => {
    const linkerd = { tool: 'linkerd', version: 'edge-26.9.1' } as const
    answers[LINKERD] = text('linkerd')
    await tools().install(linkerd)
    expect(await complaint(tools().install({ ...linkerd, confirmed: sha256('x') }))).toMatch(
      /is not what was published/,
    )
    expect(await readdir(join(folder, 'tools/downloads'))).toEqual([])
    expect(await executables()).toEqual([])
  })

  test('an archive that attacks is refused though its checksum fits', async () => {
    const path = '/github.com/istio/istio/releases/download/1.31.0/istioctl-1.31.0-linux-amd64.tar.gz'
    const body = Buffer.from('1f8b0800', 'hex')
    answers[path] = text(body)
    answers[`${path}.sha256`] = text(`${sha256(body)}  istioctl-1.31.0-linux-amd64.tar.gz`)
    expect(await complaint(tools().install({ tool: 'istioctl', version: '1.31.0' }))).toMatch(
      /^invalid: The archive cannot/,
    )
    expect(await executables()).toEqual([])
    expect(await readdir(join(folder, 'tools/staging'))).toEqual([])
  })

  test.each(['../../etc', '1.2.3/../..', 'latest', '1.35', '', '1.2.3-/x', 'edge-26.9.1'])(
    'the version %j is no path',
    async version => {
      expect(await complaint(tools().install({ tool: 'kind', version }))).toMatch(
        /^bad-input: .* is not a version of kind/,
      )
      expect(await complaint(tools().remove('kind', version))).toMatch(/^bad-input/)
      expect(asked).toEqual([])
    },
  )
})

describe('a download', () => {
  const body = Buffer.from(Array.from({ length: 200_000 }, (_, n) => n % 253))
  const to = (): string => join(folder, 'file')
  const get = (path = '/file', more: object = {}) =>
    download({ url: mirror + path, to: to(), env: {}, idleTimeoutMs: 5_000, ...more })
  /** Sends some bytes of what it promises, and hangs up. */
  const cutAfter =
    (count: number, headers: object = { etag: '"one"' }): Answer =>
    (_, response) => {
      response.writeHead(200, { 'content-length': body.length, ...headers })
      response.write(body.subarray(0, count), () => response.destroy())
    }
  const ranged =
    (etag: string, whole: Buffer = body): Answer =>
    ({ headers }, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
      if (headers.range === undefined || headers['if-range'] !== etag) {
        response.writeHead(200, { 'content-length': whole.length, etag }).end(whole)
        return
      }
      response.writeHead(206, {
        etag,
        'content-length': whole.length - from,
        'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}`,
      })
      response.end(whole.subarray(from))
    }
  /** Hangs up when so much is on the disk of the other side. */
  const interrupt = async (count = 120_000, headers: object = { etag: '"one"' }): Promise<void> => {
    answers['/file'] = (_, response) => {
      response.writeHead(200, { 'content-length': body.length, ...headers })
      response.write(body.subarray(0, count))
    }
    const onProgress = ({ bytes }: { bytes: number }): void => {
      if (bytes === count) server.closeAllConnections()
    }
    expect(await complaint(get('/file', { onProgress }))).toMatch(/^unreachable: /)
    await expect(stat(to())).rejects.toThrow()
    expect((await stat(`${to()}.part`)).size).toBe(count)
  }

  test('goes on where it was cut, and is the same file', async () => {
    await interrupt()
    answers['/file'] = ranged('"one"')
    const resumed: number[] = []
    await get('/file', {
      onProgress: (progress: { resumedFrom: number }) => resumed.push(progress.resumedFrom),
    })
    expect(asked.at(-1)?.range).toBe('bytes=120000-')
    expect(resumed[0]).toBe(120_000)
    expect(body.equals(await readFile(to()))).toBe(true)
    expect((await readdir(folder)).sort()).toEqual(['file'])
    expect((await stat(to())).mode & 0o111).toBe(0)
  })

  test('a file that changed meanwhile comes whole', async () => {
    await interrupt()
    const other = Buffer.alloc(150_000, 7)
    answers['/file'] = ranged('"two"', other)
    await get()
    expect(other.equals(await readFile(to()))).toBe(true)
  })

  test.each([
    ['another total', { etag: '"one"', 'content-range': 'bytes 120000-199998/199999' }],
    ['another start', { etag: '"one"', 'content-range': 'bytes 0-79999/200000' }],
    ['another validator', { etag: '"two"', 'content-range': 'bytes 120000-199999/200000' }],
    ['no range', { etag: '"one"' }],
  ])('a part with %s is not joined to the old one', async (_, headers) => {
    await interrupt()
    let count = 0
    answers['/file'] = (request, response) => {
      count += 1
      if (count === 1) response.writeHead(206, headers).end(body.subarray(120_000))
      else ranged('"one"')(request, response)
    }
    await get()
    expect(asked.at(-1)?.range).toBeUndefined()
    expect(body.equals(await readFile(to()))).toBe(true)
  })

  test('416 begins anew', async () => {
    await interrupt()
    answers['/file'] = (request, response) => {
      if (request.headers.range !== undefined) response.writeHead(416).end()
      else ranged('"one"')(request, response)
    }
    await get()
    expect(body.equals(await readFile(to()))).toBe(true)
  })

  test.each([
    ['without a validator', {}],
    ['with a weak validator', { etag: 'W/"one"' }],
  ])('%s nothing is continued', async (_, headers) => {
    await interrupt(1_000, headers)
    answers['/file'] = ranged('"one"')
    await get()
    expect(asked.at(-1)?.range).toBeUndefined()
    expect(body.equals(await readFile(to()))).toBe(true)
  })

  test.each([
    ['truncated', cutAfter(10), /^unreachable: .*failed/],
    [
      'longer than any tool',
      (_, response) => void response.writeHead(200, { 'content-length': 10_000_000 }).end(),
      /^invalid: .*larger than/,
    ],
    [
      'longer than any tool, without saying so',
      (_, response) => void response.writeHead(200).end(Buffer.alloc(2_000_000)),
      /^invalid: .*larger than/,
    ],
    ['404', (_, response) => void response.writeHead(404).end(), /^not-found: .*404/],
    ['500', (_, response) => void response.writeHead(500).end(), /^unreachable: .*500/],
    [
      'another scheme',
      (_, response) => void response.writeHead(302, { location: 'ftp://127.0.0.1/x' }).end(),
      /^invalid: .*redirect to ftp:/,
    ],
    [
      'a file of this machine',
      (_, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      /^invalid: .*redirect to file:/,
    ],
    [
      'plain http elsewhere',
      (_, response) => void response.writeHead(302, { location: 'http://example.org/x' }).end(),
      /^invalid: .*redirect to http:/,
    ],
    [
      'a redirect to nowhere',
      (_, response) => void response.writeHead(302).end(),
      /^invalid: .*leads nowhere/,
    ],
    [
      'circles',
      (_, response) => void response.writeHead(302, { location: '/file' }).end(),
      /^unreachable: .*circles/,
    ],
    [
      'a part that nobody asked for',
      (_, response) =>
        void response.writeHead(206, { 'content-range': 'bytes 5-9/10', 'content-length': 5 }).end('56789'),
      /^unreachable: .*206/,
    ],
    [
      'less than it promised',
      (_, response) => {
        response.writeHead(200, { 'content-length': 10 })
        response.write('01234', () => response.destroy())
      },
      /^unreachable: /,
    ],
    ['hangs up', (_, response) => void response.destroy(), /^unreachable: /],
  ] satisfies [string, Answer, RegExp][])('%s is a problem and no file', async (_, answer, message) => {
    answers['/file'] = answer
    expect(await complaint(get('/file', { maxBytes: 1_000_000 }))).toMatch(message)
    await expect(stat(to())).rejects.toThrow()
  })

  test('nothing is taken behind the length that was promised', async () => {
    answers['/file'] = (_, response) =>
      void response.writeHead(200, { 'content-length': 5 }).end('0123456789')
    await get()
    expect(await readFile(to(), 'utf8')).toBe('01234')
  })

  test('https goes through the proxy of the environment, whose refusal is told', async () => {
    const tunnels: (string | undefined)[] = []
    server.on('connect', (request, socket) => {
      tunnels.push(request.url)
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
    const env = { HTTPS_PROXY: mirror }
    expect(await complaint(download({ url: 'https://tools.example.org/x', to: to(), env }))).toMatch(
      /^unreachable: The proxy .* rejected a tunnel to tools.example.org:443: 403/,
    )
    expect(tunnels).toEqual(['tools.example.org:443'])
  })

  test('silence in the middle ends it, and what came is kept', async () => {
    answers['/file'] = (_, response) => {
      response.writeHead(200, { 'content-length': body.length, etag: '"one"' })
      response.write(body.subarray(0, 50_000))
    }
    expect(await complaint(get('/file', { idleTimeoutMs: 100 }))).toMatch(
      /^unreachable: .*sent nothing for 0.1 s/,
    )
    expect((await stat(`${to()}.part`)).size).toBe(50_000)
  })

  test('silence before the first byte ends it too', async () => {
    answers['/file'] = () => {}
    expect(await complaint(get('/file', { idleTimeoutMs: 50 }))).toMatch(/^unreachable: .*sent nothing/)
  })

  test('it can be stopped, and goes on later', async () => {
    const stop = new AbortController()
    answers['/file'] = (_, response) => {
      response.writeHead(200, { 'content-length': body.length, etag: '"one"' })
      response.write(body.subarray(0, 50_000))
    }
    const onProgress = ({ bytes }: { bytes: number }): void => {
      if (bytes >= 50_000) stop.abort()
    }
    expect(await complaint(get('/file', { signal: stop.signal, onProgress }))).toMatch(/^cancelled: /)
    answers['/file'] = ranged('"one"')
    await get()
    expect(body.equals(await readFile(to()))).toBe(true)
  })
})

describe('addresses', () => {
  test.each([
    'http://example.org/x',
    'ftp://x/y',
    'file:///etc/passwd',
    'x',
    '',
    'javascript:1',
    'http://127.0.0.1.example.org/',
  ])('%j is not downloaded', url => expect(() => readDownloadUrl(url)).toThrow(/not an https/))
  test.each([
    ['https://a.org/x', '/y', 'https://a.org/y'],
    ['https://a.org/x', 'https://b.org/y', 'https://b.org/y'],
    ['https://a.org/x', 'http://b.org/y', undefined],
    ['https://a.org/x', 'http://127.0.0.1/y', undefined],
    ['https://a.org/x', '//b.org/y', 'https://b.org/y'],
    ['https://a.org/x', 'data:text/plain,x', undefined],
  ])('from %s to %s', (from, location, to) => {
    if (to === undefined) expect(() => followRedirect(new URL(from), location)).toThrow(/not as safe/)
    else expect(followRedirect(new URL(from), location).href).toBe(to)
  })
  test.each([
    ['', 'https://dl.k8s.io/release/x'],
    ['https://m.org/', 'https://m.org/dl.k8s.io/release/x'],
    ['https://m.org/a/b', 'https://m.org/a/b/dl.k8s.io/release/x'],
    ['http://m.org', undefined],
    ['https://user:x@m.org', undefined],
    ['https://m.org/?a=b', undefined],
  ])('over the mirror %j', (base, url) => {
    if (url === undefined) expect(() => mirrorUrl('https://dl.k8s.io/release/x', base)).toThrow()
    else expect(mirrorUrl('https://dl.k8s.io/release/x', base)).toBe(url)
  })

  test.each([
    ['kubectl', '1.35.8', 'linux', 'x64', 'https://dl.k8s.io/release/v1.35.8/bin/linux/amd64/kubectl'],
    ['kubectl', 'v1.35.8', 'win32', 'x64', 'https://dl.k8s.io/release/v1.35.8/bin/windows/amd64/kubectl.exe'],
    [
      'kind',
      '0.33.0',
      'darwin',
      'arm64',
      'https://github.com/kubernetes-sigs/kind/releases/download/v0.33.0/kind-darwin-arm64',
    ],
    [
      'minikube',
      '1.39.0',
      'win32',
      'x64',
      'https://github.com/kubernetes/minikube/releases/download/v1.39.0/minikube-windows-amd64.exe',
    ],
    [
      'istioctl',
      '1.31.0',
      'linux',
      'arm64',
      'https://github.com/istio/istio/releases/download/1.31.0/istioctl-1.31.0-linux-arm64.tar.gz',
    ],
    [
      'istioctl',
      '1.31.0',
      'darwin',
      'arm64',
      'https://github.com/istio/istio/releases/download/1.31.0/istioctl-1.31.0-osx-arm64.tar.gz',
    ],
    [
      'istioctl',
      '1.31.0',
      'win32',
      'x64',
      'https://github.com/istio/istio/releases/download/1.31.0/istioctl-1.31.0-win.zip',
    ],
    [
      'linkerd',
      'edge-26.9.1',
      'darwin',
      'x64',
      'https://github.com/linkerd/linkerd2/releases/download/edge-26.9.1/linkerd2-cli-edge-26.9.1-darwin',
    ],
    [
      'linkerd',
      'edge-26.9.1',
      'win32',
      'x64',
      'https://github.com/linkerd/linkerd2/releases/download/edge-26.9.1/linkerd2-cli-edge-26.9.1-windows.exe',
    ],
    [
      'cloud-provider-kind',
      '0.10.0',
      'linux',
      'x64',
      'https://github.com/kubernetes-sigs/cloud-provider-kind/releases/download/v0.10.0/cloud-provider-kind_0.10.0_linux_amd64.tar.gz',
    ],
  ] as const)('%s %s for %s %s', (tool, version, platform, arch, url) =>
    expect(findRelease(tool, version, { platform, arch }).url).toBe(url),
  )
  test('an unknown machine is said', () =>
    expect(() => readPlatform('sunos', 'x64')).toThrow(/not built for sunos/))
})

describe('checksums', () => {
  const hash = sha256('a')
  test.each([
    ['the hash alone', hash, hash],
    ['in capitals', hash.toUpperCase(), hash],
    ['as sha256sum writes it', `${hash}  file`, hash],
    ['in binary mode', `${hash} *file\r\n`, hash],
    ['with a path', `${hash}  ./out/file`, hash],
    ['in a list', `${sha256('b')}  other\n${hash}  file\n`, hash],
    ['too short', hash.slice(1), undefined],
    ['of another file', `${hash}  file.sig`, undefined],
    ['two without names', `${hash}\n${sha256('b')}`, undefined],
  ])('%s', (_, body, expected) => {
    if (expected === undefined) expect(() => readPublishedChecksum(body, 'file')).toThrow()
    else expect(readPublishedChecksum(body, 'file')).toBe(expected)
  })
  test('a typed one', () => expect([readHash(` ${hash} `), readHash('x')]).toEqual([hash, undefined]))
})

describe('the PATH', () => {
  const program = async (path: string, body = PROGRAM, mode = 0o755): Promise<string> => {
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, body)
    await chmod(path, mode)
    return path
  }

  test('the first that can be run is used; doubles, folders and relative ones are passed over', async () => {
    const first = await program(join(folder, 'a/kind'))
    const second = await program(join(folder, 'b/kind'))
    await program(join(folder, 'c/kind'), PROGRAM, 0o644)
    await mkdir(join(folder, 'd/kind'), { recursive: true })
    await symlink(join(folder, 'a'), join(folder, 'e'))
    const PATH = ['.', 'relative', ...['d', 'c', 'a', 'e', 'b', 'gone'].map(name => join(folder, name))].join(
      delimiter,
    )
    expect(await findOnPath('kind', { PATH })).toEqual([first, second])
    expect(await tools({ env: { PATH } }).find('kind')).toMatchObject({
      used: { path: first, from: 'path', version: '0.33.0' },
      why: 'First on the PATH',
    })
  })

  test('a choice goes before the PATH and can be taken back', async () => {
    const onPath = await program(join(folder, 'a/kind'))
    const own = await program(join(folder, 'own/my-kind'), PROGRAM.replace('0.33.0', '0.32.0'))
    const dependencies = { env: { PATH: join(folder, 'a') } }
    await tools(dependencies).choose('kind', own)
    expect(await tools(dependencies).find('kind')).toMatchObject({
      used: { path: own, version: '0.32.0' },
      why: 'You chose it',
    })
    await tools(dependencies).choose('kind', undefined)
    expect((await tools(dependencies).find('kind')).used?.path).toBe(onPath)
  })

  test.each(['relative/kind', '/', '/nowhere/kind'])('%j cannot be chosen', async path =>
    expect(await complaint(tools().choose('kind', path))).toMatch(/^bad-input: .*not a program/),
  )

  test.each([
    ['fails', '#!/bin/sh\necho broken >&2\nexit 3\n', /did not tell its version \(exit code 3\)/],
    ['says something else', '#!/bin/sh\necho hello\n', /did not tell its version \(exit code 0\)/],
    [
      'is for another machine',
      '\x7fELFnonsense',
      /not a program for this machine|did not tell|could not be run/,
    ],
  ])('a program that %s is said and not used', async (_, body, message) => {
    await program(join(folder, 'a/kind'), body)
    const state = await tools({ env: { PATH: join(folder, 'a') } }).find('kind')
    expect(state.used).toBeUndefined()
    expect(state.programs[0]?.problem?.message).toMatch(message)
  })

  test('every tool is listed', async () =>
    expect((await tools().list()).map(({ tool, why }) => [tool, why])).toEqual(
      TOOL_NAMES.map(tool => [tool, `${tool} is not on the PATH and not downloaded`]),
    ))
})

describe('an imported file', () => {
  test('needs its hash confirmed; its rights are not taken over', async () => {
    const file = join(folder, 'kind-from-a-stick')
    await writeFile(file, PROGRAM, { mode: 0o755 })
    await chmod(file, 0o755)
    expect(await tools().importFile({ ...install, file })).toMatchObject({
      state: 'unconfirmed',
      sha256: sha256(PROGRAM),
    })
    expect(await executables()).toEqual([file])
    expect(await tools().importFile({ ...install, file, confirmed: sha256(PROGRAM) })).toMatchObject({
      state: 'installed',
      installed: { voucher: 'confirmed', from: file },
    })
    expect(await readFile(file, 'utf8')).toBe(PROGRAM)
    expect((await tools().find('kind')).used?.version).toBe('0.33.0')
    expect(await hashFile(join(folder, 'tools/kind/0.33.0/kind'))).toBe(sha256(PROGRAM))
  })

  test('a pin vouches for it, or refuses it', async () => {
    const file = join(folder, 'kind-from-a-stick')
    await writeFile(file, PROGRAM)
    const url = `https:/${KIND}`
    expect(await tools({ pins: { [url]: sha256(PROGRAM) } }).importFile({ ...install, file })).toMatchObject({
      installed: { voucher: 'pinned' },
    })
    expect(
      await complaint(
        tools({ pins: { [url]: sha256('x') } }).importFile({ ...install, file, confirmed: sha256(PROGRAM) }),
      ),
    ).toMatch(/is not what was published/)
  })

  test.each(['gone', '.'])('%j is no file', async name =>
    expect(await complaint(tools().importFile({ ...install, file: join(folder, name) }))).toMatch(
      /^(not-found|bad-input): /,
    ),
  )
})
