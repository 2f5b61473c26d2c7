import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toProblem } from '../../domain/problem.ts'
import { readTaskRequest } from '../../shared/contract/tasks.ts'
import { assertTaskPaths } from './assert-task-paths.ts'
import { createFiles } from './files.ts'
import { openGrants, type Grants } from './grants.ts'

let folder = ''
const at = (...names: string[]): string => join(folder, ...names)
const signal = new AbortController().signal
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grants-'))
  for (const name of ['named', 'named/sub', 'named/.hidden', 'other', 'data']) await mkdir(at(name))
  for (const name of [
    'named/a.yaml',
    'named/sub/b.yaml',
    'named/.hidden/c.yaml',
    'other/d.yaml',
    'data/grants-of.yaml',
  ])
    await writeFile(at(name), 'a: 1\n')
  await writeFile(at('named', 'kubeconfig.yaml'), 'a: 1\n')
  await writeFile(at('named', 'script.sh'), 'true\n')
  await symlink(at('other', 'd.yaml'), at('named', 'out.yaml'))
  await symlink(at('other'), at('named', 'out'))
  await symlink(at('named', 'a.yaml'), at('named', 'in.yaml'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: unknown) => toProblem(error).code,
  )

describe('the web shell uses the folders that it was started with', () => {
  const open = (): Grants =>
    openGrants({
      dataFolder: at('data'),
      folders: [at('named')],
      readOnly: [at('named', 'kubeconfig.yaml')],
    })

  test.each([
    ['a file in it', ['named', 'a.yaml'], 'ok', 'ok'],
    ['a file below it', ['named', 'sub', 'b.yaml'], 'ok', 'ok'],
    ['a link that stays in it', ['named', 'in.yaml'], 'ok', 'ok'],
    ['a new file', ['named', 'new.yaml'], 'not-found', 'ok'],
    ['a kubeconfig in use', ['named', 'kubeconfig.yaml'], 'ok', 'restricted'],
    ['a script', ['named', 'script.sh'], 'ok', 'restricted'],
    ['a hidden folder', ['named', '.hidden', 'c.yaml'], 'restricted', 'restricted'],
    ['a file outside', ['other', 'd.yaml'], 'restricted', 'restricted'],
    ['a way out by dots', ['named', '..', 'other', 'd.yaml'], 'restricted', 'restricted'],
    ['a link that leads out', ['named', 'out.yaml'], 'restricted', 'restricted'],
    ['a folder that leads out', ['named', 'out', 'd.yaml'], 'restricted', 'restricted'],
    ['a new file behind it', ['named', 'out', 'new.yaml'], 'restricted', 'restricted'],
    ['what is not there', ['other', 'none.yaml'], 'restricted', 'restricted'],
    ['our own data', ['data', 'grants-of.yaml'], 'restricted', 'restricted'],
  ])('%s', async (_name, names, read, write) => {
    const files = createFiles(open())
    const path =
      join(folder, names[0] ?? '') +
      names
        .slice(1)
        .map(name => `/${name}`)
        .join('')
    expect(await codeOf(files.readFile({ path }, signal))).toBe(read)
    const known = await files.readFile({ path }, signal).catch(() => undefined)
    const modifiedAt = known?.modifiedAt ?? null
    expect(await codeOf(files.writeFile({ path, text: 'a: 2\n', modifiedAt }, signal))).toBe(write)
    expect(await readFile(at('other', 'd.yaml'), 'utf8')).toBe('a: 1\n')
  })

  test('our own data is not in a folder around it', async () => {
    const grants = openGrants({ dataFolder: at('data'), folders: [folder] })
    expect(await codeOf(grants.resolveToRead(at('data', 'grants-of.yaml')))).toBe('restricted')
    expect(await codeOf(grants.resolveToRead(at('other', 'd.yaml')))).toBe('ok')
  })

  test('nothing is added, and no program is chosen', async () => {
    const grants = open()
    await grants.add(at('other'), 'folder')
    await grants.add(at('named', 'script.sh'), 'program')
    expect(await codeOf(grants.resolveToRead(at('other', 'd.yaml')))).toBe('restricted')
    expect(await codeOf(grants.assertProgram(at('named', 'script.sh')))).toBe('restricted')
  })
})

describe('the desktop app uses what was chosen in dialogs', () => {
  const open = (): Grants => openGrants({ dataFolder: at('data') })

  test('nothing before, and the same after a restart', async () => {
    expect(await codeOf(open().resolveToRead(at('named', 'a.yaml')))).toBe('restricted')
    await open().add(at('named'), 'folder')
    await open().add(at('other', 'd.yaml'), 'file')
    const grants = open()
    expect(await codeOf(grants.resolveToWrite(at('named', 'a.yaml')))).toBe('ok')
    expect(await codeOf(grants.resolveToWrite(at('other', 'd.yaml')))).toBe('ok')
    expect(await codeOf(grants.resolveToRead(at('other', 'e.yaml')))).toBe('restricted')
    // The link in the folder leads to the file that was chosen by itself.
    expect(await codeOf(grants.resolveToRead(at('named', 'out.yaml')))).toBe('ok')
  })

  test('a file is no program', async () => {
    const grants = open()
    await grants.add(at('named', 'script.sh'), 'file')
    expect(await codeOf(grants.assertProgram(at('named', 'script.sh')))).toBe('restricted')
    await grants.add(at('named', 'script.sh'), 'program')
    expect(await codeOf(grants.assertProgram(at('named', 'script.sh')))).toBe('ok')
  })

  test.each([
    '{',
    '[]',
    '{"grants": {}}',
    '{"grants": [null, 7, {"path": "/"}, {"path": "/", "kind": "x"}]}',
  ])('the damaged list %s grants nothing', async text => {
    await writeFile(at('data', 'grants.json'), text)
    expect(await codeOf(open().resolveToRead(at('named', 'a.yaml')))).toBe('restricted')
  })
})

describe('a task that the window starts', () => {
  const mount = (path: string): string =>
    `kind: Cluster\nnodes:\n  - extraMounts:\n      - hostPath: ${path}\n        containerPath: /x\n`
  const cluster = { provider: 'kind', name: 'dev' }
  const localMesh = {
    target: { kind: 'existing', context: 'c' },
    mesh: 'istio',
    profile: 'demo',
    gatewayApi: '1.5.1',
    readyWithin: 1,
  }
  const own = { kind: 'kind', name: 'dev', ports: { http: 80, https: 443 } }
  const linkerd = { context: 'c', isHighAvailability: false, hasViz: false }
  test.each<[string, string, () => object, string]>([
    [
      'an import of a program',
      'tool-install',
      () => ({ tool: 'kind', version: '0.32.0', file: at('named', 'a.yaml') }),
      'restricted',
    ],
    ['a download', 'tool-install', () => ({ tool: 'kind', version: '0.32.0' }), 'ok'],
    ['an image in the folder', 'image-load', () => ({ ...cluster, archive: at('named', 'a.yaml') }), 'ok'],
    ['an image outside', 'image-load', () => ({ ...cluster, archive: at('other', 'd.yaml') }), 'restricted'],
    [
      'CRDs outside',
      'linkerd-install',
      () => ({ ...linkerd, gatewayApiFile: at('other', 'd.yaml') }),
      'restricted',
    ],
    [
      'CRDs outside of an upgrade',
      'linkerd-upgrade',
      () => ({ context: 'c', gatewayApiFile: at('other', 'd.yaml') }),
      'restricted',
    ],
    [
      'CRDs outside of a local mesh',
      'local-mesh',
      () => ({ ...localMesh, gatewayApiFile: at('other', 'd.yaml') }),
      'restricted',
    ],
    [
      'a cluster with nothing mounted',
      'cluster-create',
      () => ({ ...cluster, config: 'kind: Cluster\n' }),
      'ok',
    ],
    [
      'a cluster with the folder mounted',
      'cluster-create',
      () => ({ ...cluster, config: mount(at('named')) }),
      'ok',
    ],
    [
      'a cluster with the whole machine mounted',
      'cluster-create',
      () => ({ ...cluster, config: mount('/') }),
      'restricted',
    ],
    [
      'a local mesh with it',
      'local-mesh',
      () => ({ ...localMesh, target: { ...own, config: mount('/') } }),
      'restricted',
    ],
    [
      'a second document with it',
      'cluster-create',
      () => ({ ...cluster, config: `a: 1\n---\n${mount('/')}` }),
      'restricted',
    ],
    ['a configuration that is not YAML', 'cluster-create', () => ({ ...cluster, config: 'a: [' }), 'invalid'],
    [
      'a mount that a merge key brings, as kind reads it',
      'cluster-create',
      () => ({
        ...cluster,
        config:
          'kind: Cluster\nnodes: [{role: worker, <<: {extraMounts: [{hostPath: /, containerPath: /x}]}}]\n',
      }),
      'restricted',
    ],
    [
      'a mount that is no text',
      'cluster-create',
      () => ({
        ...cluster,
        config: 'kind: Cluster\nnodes: [{extraMounts: [{hostPath: [/], containerPath: /x}]}]\n',
      }),
      'bad-input',
    ],
    [
      'a configuration that would stop all work',
      'cluster-create',
      () => ({ ...cluster, config: `a: [${'x,'.repeat(400_000)}x]` }),
      'too-large',
    ],
  ])('%s', async (_name, kind, input, code) => {
    const grants = openGrants({ dataFolder: at('data'), folders: [at('named')] })
    const request = readTaskRequest({ kind, input: input() })
    expect(await codeOf(assertTaskPaths(grants, request))).toBe(code)
  })

  test.each([
    ['a kind that no version has', { kind: 'shell', input: {} }, 'unsupported'],
    ['an input of another kind', { kind: 'cluster-create', input: linkerd }, 'bad-input'],
    [
      'a name that is an option',
      { kind: 'cluster-delete', input: { ...cluster, name: '--all' } },
      'bad-input',
    ],
    ['nothing', null, 'bad-input'],
  ])('%s is rejected before anything is asked', async (_name, request, code) => {
    expect(await codeOf(Promise.resolve().then(() => readTaskRequest(request)))).toBe(code)
  })
})
