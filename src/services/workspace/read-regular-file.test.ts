import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toProblem } from '../../domain/problem.ts'
import { findFiles } from '../../cli/find-files.ts'
import { readText } from '../../cli/read-text.ts'
import { listFolder, WALK_LIMITS } from './list-folder.ts'
import { readRegularFile } from './read-regular-file.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'regular-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const codeOf = (path: string): Promise<string> =>
  readRegularFile(path, 1_000_000).then(
    () => 'ok',
    (error: unknown) => (error as { code?: string }).code ?? toProblem(error).code,
  )

describe.runIf(process.platform === 'linux')('only regular files are opened', () => {
  test('many named pipes do not hold up the reading of a file', async () => {
    const pipe = join(folder, 'pipe.yaml')
    execFileSync('mkfifo', [pipe])
    await writeFile(join(folder, 'a.yaml'), 'a: 1\n')
    const refused = await Promise.all(Array.from({ length: 20 }, () => codeOf(pipe)))
    expect(new Set(refused)).toEqual(new Set(['unsupported']))
    expect((await readRegularFile(join(folder, 'a.yaml'), 100)).bytes.toString()).toBe('a: 1\n')
  })

  test('a socket', async () => {
    const path = join(folder, 'socket.yaml')
    const server = createServer()
    server.listen(path)
    await once(server, 'listening')
    expect(await codeOf(path)).toBe('unsupported')
    server.close()
  })

  test.each([
    ['/dev/zero', 'unsupported'],
    ['/dev/null', 'unsupported'],
    ['/dev/tty', 'unsupported'],
    ['/proc/kmsg', 'unsupported'],
    ['/proc/self/environ', 'unsupported'],
    ['/sys/kernel/mm/transparent_hugepage/enabled', 'unsupported'],
  ])('%s', async (path, code) => {
    expect([code, 'ENOENT', 'ENXIO']).toContain(await codeOf(path))
  })

  test('the command line says it of what is named, and passes it over in a folder', async () => {
    const pipe = join(folder, 'pipe.yaml')
    execFileSync('mkfifo', [pipe])
    expect(await readText(pipe).catch(toProblem)).toMatchObject({ code: 'unsupported' })
    expect(await findFiles([folder])).toEqual([])
  })
})

test('a folder and a file that is too large are refused', async () => {
  const large = join(folder, 'large.yaml')
  await writeFile(large, '')
  await truncate(large, 1_000_001)
  expect([await codeOf(folder), await codeOf(large)]).toEqual(['EISDIR', 'unsupported'])
})

describe('a walk is bounded', () => {
  const limits = { maxFiles: 3, maxFolders: 4, maxEntries: 20, maxDepth: 2 }
  test.each([
    ['files', (n: number) => [`${n}.yaml`]],
    ['folders', (n: number) => [`${n}`, 'a.yaml']],
    ['levels', (n: number) => [...Array.from({ length: n }, () => 'down'), 'a.yaml']],
    ['entries', (n: number) => [`${n}.txt`]],
  ])('by its %s', async (name, pathOf) => {
    for (let n = 0; n < (name === 'entries' ? 30 : 6); n++) {
      const names = pathOf(n)
      await mkdir(join(folder, ...names.slice(0, -1)), { recursive: true })
      await writeFile(join(folder, ...names), '')
    }
    const found = await listFolder(folder, undefined, limits)
    expect(found.isCut).toBe(true)
    expect(found.files.length).toBeLessThanOrEqual(3)
    expect((await listFolder(folder, undefined, WALK_LIMITS)).isCut).toBe(false)
  })
})
