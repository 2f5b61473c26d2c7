import { access, chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toProblem, type Problem } from '../../../domain/problem.ts'
import { createMeshIdentity } from '../certificates/create-mesh-identity.ts'
import { createLinkerd, type Linkerd } from './linkerd-program.ts'
import { secretLines, withIdentityFiles } from './identity-files.ts'
import { createIdentityStore } from './identity-store.ts'

const identity = await createMeshIdentity(Date.parse('2026-09-04T12:00:00Z'))
let folder = ''
let log: string[] = []
const step = { signal: new AbortController().signal, log: (text: string) => log.push(text) }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-workbench-test-'))
  log = []
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A program that answers as the script says. */
async function programOf(script: string): Promise<Linkerd> {
  const program = join(folder, 'linkerd')
  await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$*" >>"${folder}/calls"\n${script}\n`)
  await chmod(program, 0o755)
  return createLinkerd({ program, env: process.env, context: 'a context', namespace: 'mesh' })
}
const calls = async (): Promise<string> => readFile(join(folder, 'calls'), 'utf8')
const problemOf = (work: Promise<unknown>): Promise<Problem> =>
  work.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => toProblem(error),
  )

const OBJECT =
  'apiVersion: v1\\nkind: Secret\\nmetadata: {name: linkerd-identity-issuer}\\ndata: {key.pem: c2VjcmV0}\\n'

describe('the linkerd program', () => {
  it('takes manifests from standard output, and only its messages into the log', async () => {
    const linkerd = await programOf(`printf '${OBJECT}'; echo 'Rendering Linkerd CRDs...' >&2`)
    await expect(linkerd.render(step, 'crds')).resolves.toMatchObject([{ kind: 'Secret' }])
    expect(log).toEqual(['Rendering Linkerd CRDs...'])
    expect(await calls()).toBe('install --crds --context a context --linkerd-namespace mesh\n')
  })

  it('names the identity by files and asks for high availability only where it is rendered', async () => {
    const linkerd = await programOf(`printf '${OBJECT}'`)
    const files = { anchors: '/a', certificate: '/c', key: '/k' }
    await linkerd.render(step, 'control-plane', { identity: files, isHighAvailability: true })
    await linkerd.render(step, 'crds', { isForPreview: true, isHighAvailability: true, identity: files })
    await linkerd.render(step, 'upgrade-crds')
    await linkerd.render(step, 'upgrade-control-plane', { isForPreview: true })
    await linkerd.listExtraneous(step, 'viz')
    expect(
      (await calls()).replaceAll(' --context a context --linkerd-namespace mesh', '').trim().split('\n'),
    ).toEqual([
      'install --ha --identity-trust-anchors-file /a --identity-issuer-certificate-file /c --identity-issuer-key-file /k',
      'install --crds --ignore-cluster',
      'upgrade --crds',
      'upgrade',
      'viz prune',
    ])
  })

  it.each([
    ['exit 1', 'invalid', /failed \(exit code 1\) and said nothing/],
    [
      `printf '${OBJECT}'; echo 'Linkerd CRDs must be installed first. Run linkerd install with the --crds flag.' >&2; exit 1`,
      'not-found',
      /CRDs must be installed first/,
    ],
    ['exit 0', 'invalid', /wrote no objects/],
    [`printf 'a: [' `, 'invalid', /not valid YAML/],
    ['head -c 8400000 /dev/zero | tr "\\\\0" "#"', 'internal', /more than 8 MiB/],
  ])('explains %s without what it rendered', async (script, code, message) => {
    const linkerd = await programOf(script)
    const problem = await problemOf(linkerd.render(step, 'control-plane', {}))
    expect(problem.code).toBe(code)
    expect(problem.message).toMatch(message)
    expect(JSON.stringify(problem)).not.toContain('c2VjcmV0')
  })

  const answer = (result: string): string =>
    JSON.stringify({
      success: result === 'success',
      categories: [{ categoryName: 'c', checks: [{ description: 'd', result }] }],
    })
  it.each([
    ['all well', `echo '${answer('success')}'`, ['d: success']],
    ['a failed check is a result', `echo '${answer('error')}'; exit 1`, ['d: error']],
    ['a warning is a result', `echo '${answer('warning')}'`, ['d: warning']],
    [
      'another end is one more failure',
      `echo '${answer('success')}'; echo broken >&2; exit 2`,
      ['d: success', 'the program ended with exit code 2: error'],
    ],
  ])('checks: %s', async (_name, script, expected) => {
    const checks = await (await programOf(script)).check(step, false)
    expect(checks.map(({ description, result }) => `${description}: ${result}`)).toEqual(expected)
  })

  it('a check that gives no list is a problem', async () => {
    const linkerd = await programOf(`echo 'Cannot connect to Kubernetes: connection refused' >&2; exit 1`)
    expect(await problemOf(linkerd.check(step, true))).toMatchObject({ code: 'unreachable' })
    expect(await calls()).toContain('check --pre --output json')
  })
})

describe('an identity on its way', () => {
  it('is in files for their owner only, which are gone afterwards, also after a failure', async () => {
    let path = ''
    const used = withIdentityFiles(identity, async ({ key }) => {
      path = key
      expect((await stat(key)).mode & 0o777).toBe(0o600)
      expect((await stat(dirname(key))).mode & 0o777).toBe(0o700)
      expect(await readFile(key, 'utf8')).toBe(identity.key)
      throw new Error('the program failed')
    })
    await expect(used).rejects.toThrow('the program failed')
    await expect(access(dirname(path))).rejects.toThrow(/ENOENT/)
  })

  it('has lines that a log must not show', () => {
    const lines = secretLines(identity.key)
    const body = identity.key.split('\n').filter(line => line !== '' && !line.startsWith('-'))
    for (const line of body) if (line.length > 16) expect(lines).toContain(line)
    expect(lines).toContain(Buffer.from(identity.key).toString('base64'))
  })

  it('is kept for an hour, without the key of the anchor', () => {
    let now = 0
    const store = createIdentityStore(() => now)
    const id = store.keep(identity)
    expect(store.find(id)).toEqual({
      anchors: identity.anchors,
      certificate: identity.certificate,
      key: identity.key,
    })
    now = 60 * 60_000
    expect(store.find(id)).toBeDefined()
    now += 1
    expect(store.find(id)).toBeUndefined()
    const other = store.keep(identity)
    store.forget(other)
    expect(store.find(other)).toBeUndefined()
  })
})
