import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toProblem } from '../../domain/problem.ts'
import { createLineReader } from './line-reader.ts'
import { runProcess, type ProcessRequest } from './run-process.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'process-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const node = (script: string, more: Partial<ProcessRequest> = {}): ReturnType<typeof runProcess> =>
  runProcess({ command: process.execPath, args: ['-e', script], env: {}, ...more })
const complaint = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    value => `no problem: ${JSON.stringify(value)}`,
    (error: unknown) => `${toProblem(error).code}: ${toProblem(error).message}`,
  )
/** A dead process whose new parent has not asked for its exit code is still in the table, as a zombie. */
const isAlive = (id: number): boolean => {
  try {
    process.kill(id, 0)
    const state = existsSync('/proc/self/stat') ? readFileSync(`/proc/${id}/stat`, 'utf8') : ''
    return !state.includes(') Z ')
  } catch {
    return false
  }
}

describe('a program', () => {
  test.each([
    ['; echo x'],
    ['$(id)'],
    ['`id`'],
    ['a b'],
    ['"'],
    ["'"],
    ['*'],
    ['| cat'],
    ['\n'],
    ['%PATH%'],
    [''],
  ])('gets the argument %j as it is', async text => {
    const { stdout } = await runProcess({
      command: process.execPath,
      args: ['-p', 'JSON.stringify(process.argv.slice(1))', '--', text],
      env: {},
    })
    expect(JSON.parse(stdout)).toEqual([text])
  })

  test('gets only the environment it is given, and its input', async () => {
    const script = 'process.stdin.pipe(process.stdout); console.log(process.env.OWN, process.env.HOME)'
    expect((await node(script, { env: { OWN: 'x' }, input: 'typed' })).stdout).toMatch(
      /^x undefined\ntyped|^typedx/,
    )
  })

  test('any exit code is a result; lines come with their stream', async () => {
    const lines: [string, string][] = []
    const script = "console.log('a\\nb'); console.error('\\u001b[31mred\\u001b[0m'); process.exitCode = 3"
    const result = await node(script, { onLine: (line, stream) => lines.push([stream, line]) })
    expect(result.code).toBe(3)
    expect(lines.toSorted()).toEqual([
      ['stderr', 'red'],
      ['stdout', 'a'],
      ['stdout', 'b'],
    ])
  })

  test('what it prints without end is kept in part only', async () => {
    const { stdout } = await node(
      "for (let n = 0; n < 40; n++) process.stdout.write('x'.repeat(100_000)); console.log('end')",
    )
    expect(stdout.length).toBeLessThanOrEqual(1024 * 1024)
    expect(stdout.endsWith('end\n')).toBe(true)
  })

  test.each([
    ['that is not there', '/nowhere/kind', /^not-found: .*was not found/],
    ['that is a batch file', 'C:\\tools\\kind.cmd', /^unsupported: .*only a shell/],
    ['that is a batch file in capitals', 'kind.BAT', /^unsupported: .*only a shell/],
    ['with a zero byte', 'a\0b', /^bad-input: /],
  ])('%s is not run', async (_, command, message) => {
    expect(await complaint(runProcess({ command, args: [], env: {} }))).toMatch(message)
  })

  test.skipIf(process.platform === 'win32').each(['a b', '$(id)', '; echo x', '-e', '&'])(
    'in a file called %j is run as that file',
    async name => {
      const path = join(folder, name)
      await writeFile(path, '#!/bin/sh\necho "$#"\n', { mode: 0o755 })
      expect((await runProcess({ command: path, args: ['$HOME', '| cat'], env: {} })).stdout).toBe('2\n')
    },
  )

  test('that is not executable is not run', async () => {
    const path = join(folder, 'plain')
    await writeFile(path, '#!/bin/sh\n', { mode: 0o600 })
    expect(await complaint(runProcess({ command: path, args: [], env: {} }))).toMatch(/is not executable/)
  })
})

describe('a program that is stopped', () => {
  /** A program, and a child of it, that both do not care for SIGTERM; it prints the child's id when both run. */
  const stubborn = `
    process.on('SIGTERM', () => {})
    const inner = "process.on('SIGTERM', () => {}); console.log(process.pid); setInterval(() => {}, 1000)"
    require('node:child_process').spawn(process.execPath, ['-e', inner], { stdio: 'inherit' })
    setInterval(() => {}, 1000)`

  test.skipIf(process.platform === 'win32')('ends with all that it started, however stubborn', async () => {
    const stop = new AbortController()
    let inner = 0
    const running = node(stubborn, {
      signal: stop.signal,
      graceMs: 50,
      onLine: line => {
        inner = Number(line)
        stop.abort()
      },
    })
    expect(await complaint(running)).toMatch(/^cancelled: .* was stopped/)
    expect(inner).toBeGreaterThan(0)
    // The killed child of a killed parent is gone when the system has taken note of it.
    await expect.poll(() => isAlive(inner)).toBe(false)
  })

  test.skipIf(process.platform === 'win32')(
    'takes along what it left behind when it ended politely',
    async () => {
      const stop = new AbortController()
      let inner = 0
      // The grandchild shares no pipe with us, so that nothing but its group leads to it.
      const polite = `
        const inner = "process.on('SIGTERM', () => {}); process.send('up'); setInterval(() => {}, 1000)"
        const child = require('node:child_process')
          .spawn(process.execPath, ['-e', inner], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
        child.on('message', () => console.log(child.pid))
        process.on('SIGTERM', () => process.exit(0))
        setInterval(() => {}, 1000)`
      const running = node(polite, {
        signal: stop.signal,
        graceMs: 5_000,
        onLine: line => {
          inner = Number(line)
          stop.abort()
        },
      })
      expect(await complaint(running)).toMatch(/^cancelled: /)
      expect(inner).toBeGreaterThan(0)
      await expect.poll(() => isAlive(inner)).toBe(false)
    },
  )

  test('may tidy up before it ends', async () => {
    const stop = new AbortController()
    const file = join(folder, 'tidy')
    const script = `
      process.on('SIGTERM', () => { require('node:fs').writeFileSync(${JSON.stringify(file)}, 'done'); process.exit() })
      console.log('ready'); setInterval(() => {}, 1000)`
    await complaint(node(script, { signal: stop.signal, onLine: () => stop.abort() }))
    expect(await readFile(file, 'utf8')).toBe('done')
  })

  test('before it began is never run', async () => {
    await expect(node('', { signal: AbortSignal.abort() })).rejects.toThrow()
  })

  test('because it takes too long says so', async () => {
    expect(await complaint(node('setInterval(() => {}, 1000)', { timeoutMs: 50 }))).toMatch(
      /^unreachable: .*did not end within/,
    )
  })

  test.skipIf(process.platform === 'win32')('by somebody else says so', async () => {
    expect(await complaint(node("process.kill(process.pid, 'SIGKILL')"))).toMatch(
      /^internal: .*was ended by SIGKILL/,
    )
  })

  test.skipIf(process.platform === 'win32')(
    'whose child holds its output open does not keep us',
    async () => {
      const script = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
      console.log(child.pid); child.unref(); process.exit(0)`
      const { code, stdout } = await node(script, { graceMs: 50 })
      process.kill(Number(stdout))
      expect(code).toBe(0)
    },
  )
})

describe('lines', () => {
  test.each([
    [['a\nb\n'], ['a', 'b']],
    [
      ['a', 'b\nc'],
      ['ab', 'c'],
    ],
    [['10%\r20%\r30%\n'], ['10%', '20%', '30%']],
    [
      ['a\r', '\nb'],
      ['a', 'b'],
    ],
    [['\u001b[2K\u001b[1mbold\u001b[0m\n'], ['bold']],
    [['\n\n  \n'], []],
    [['x'.repeat(9_000)], ['x'.repeat(8_192), 'x'.repeat(808)]],
  ])('%j', (pieces, expected) => {
    const lines: string[] = []
    const reader = createLineReader(line => lines.push(line))
    for (const piece of pieces) reader.read(piece)
    reader.end()
    expect(lines).toEqual(expected)
  })
})
