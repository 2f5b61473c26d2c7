import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ProblemError, toProblem } from '../../domain/problem.ts'
import { createTasks, type Tasks } from './tasks.ts'
import type { TaskLine } from '../../shared/contract/tasks.ts'
import { defineState, type Json } from './step-state.ts'
import type { StepContext, StepDefinition, Task, TaskDefinition } from './task.ts'

let folder = ''
let time = 0
let ran: string[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tasks-'))
  time = 0
  ran = []
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const PORT = defineState('port', v.number())
const MADE = defineState('made', v.string())
const signal = new AbortController().signal
const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value)
/** Something that a step waits for, without a clock. */
const createGate = (): { readonly opened: Promise<void>; readonly open: () => void } => {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => (open = resolve))
  return { opened, open: () => open() }
}
const untilAborted = ({ signal: own }: StepContext): Promise<never> =>
  new Promise((_, reject) => {
    const stop = (): void => reject(new Error('aborted'))
    if (own.aborted) stop()
    else own.addEventListener('abort', stop)
  })
const step = (
  name: string,
  run: StepDefinition['run'] = async () => {},
  cleanUp: StepDefinition['cleanUp'] = 'nothing',
): StepDefinition => ({
  name,
  title: `Step ${name}`,
  async run(context) {
    ran.push(name)
    await run(context)
  },
  cleanUp,
})
const work = (...steps: StepDefinition[]): TaskDefinition => ({
  kind: 'work',
  describe: input => ({ title: `Work on ${textOf(input)}`, subject: {}, steps, lock: textOf(input) }),
})
const create = (...definitions: TaskDefinition[]): Tasks =>
  createTasks({ folder, definitions, now: () => (time += 1), cleanUpTimeoutMs: 100 })
const complaint = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    value => `no problem: ${JSON.stringify(value)}`,
    (error: unknown) => `${toProblem(error).code}: ${toProblem(error).message}`,
  )
const states = (task: Task): string[] => task.steps.map(each => `${each.name} ${each.state}`)
const run = async (tasks: Tasks, input = 'x'): Promise<Task> =>
  tasks.wait((await tasks.start({ kind: 'work', input })).id)
async function linesOf(tasks: Tasks, id: string): Promise<TaskLine[]> {
  const lines: TaskLine[] = []
  for await (const batch of tasks.watchLines(id, signal)) lines.push(...batch)
  return lines
}

describe('a task', () => {
  test('runs its steps in order, with progress, and is kept', async () => {
    const seen = new Set<number>()
    const tasks = create(
      work(
        step('a', async ({ report, state }) => {
          report(0.5, 'half')
          report(7)
          state.set(PORT, 80)
          return Promise.resolve()
        }),
        step('b', async ({ state, log }) => {
          log(`port ${textOf(state.get(PORT))}, ${textOf(state.get(defineState('constructor', v.string())))}`)
          return Promise.resolve()
        }),
      ),
    )
    const stop = new AbortController()
    const watching = (async () => {
      for await (const [task] of tasks.watch(stop.signal)) {
        seen.add(task?.steps[0]?.progress ?? -1)
        if (task?.state === 'done') stop.abort()
      }
    })()
    const task = await run(tasks)
    await watching
    expect(task).toMatchObject({ state: 'done', title: 'Work on x', leftovers: [], memory: { port: 80 } })
    expect(states(task)).toEqual(['a done', 'b done'])
    expect(task.steps[0]).toMatchObject({
      startedAt: expect.any(Number) as number,
      endedAt: expect.any(Number) as number,
    })
    expect([...seen].every(progress => progress <= 1)).toBe(true)
    expect(await linesOf(tasks, task.id)).toMatchObject([
      { step: 'b', stream: 'note', text: 'port 80, undefined' },
    ])
    expect(await create().list()).toEqual([task])
    for (const name of await readdir(folder))
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
  })

  test('streams the lines of its programs with time and stream, first the earlier ones', async () => {
    const gate = createGate()
    const half = createGate()
    const tasks = create(
      work(
        step('a', async context => {
          const request = { command: process.execPath, env: {} }
          await context.run({ ...request, args: ['-e', "console.log('one'); console.error('two')"] })
          half.open()
          await gate.opened
          await context.run({ ...request, args: ['-e', "console.log('three')"] })
        }),
      ),
    )
    const { id } = await tasks.start({ kind: 'work', input: 'x' })
    await half.opened
    const lines: TaskLine[] = []
    for await (const batch of tasks.watchLines(id, signal)) {
      lines.push(...batch)
      gate.open()
    }
    expect(lines.map(({ text, stream }) => `${stream} ${text}`).toSorted()).toEqual([
      'stderr two',
      'stdout one',
      'stdout three',
    ])
    expect(lines.at(-1)?.text).toBe('three')
    expect(lines.every(({ at }) => at > 0)).toBe(true)
    expect(await linesOf(create(), id)).toEqual(lines)
  })

  test('secrets are in no line, no problem and no file', async () => {
    const tasks = create(
      work(
        step(
          'a',
          async ({ hide, log, report }) => {
            hide('s3cret')
            log('token s3cret')
            report(0, 'with s3cret')
            return Promise.reject(
              new ProblemError({ code: 'invalid', message: 'no s3cret', hint: 's3cret', raw: 's3cret' }),
            )
          },
          async () => Promise.resolve(['a s3cret is left']),
        ),
      ),
    )
    const task = await run(tasks)
    expect(task.steps[0]?.problem).toEqual({ code: 'invalid', message: 'no •••', hint: '•••', raw: '•••' })
    for (const name of await readdir(folder))
      expect(await readFile(join(folder, name), 'utf8')).not.toContain('s3cret')
  })

  test.each([
    [
      'of many lines',
      ['-----BEGIN KEY-----\nMIIEvQIBADAN\nBgkqhkiG9w0B\n-----END KEY-----\n'],
      'MIIEvQIBADAN',
    ],
    ['that begins as another one', ['abc', 'abcdefgh'], 'defgh'],
  ])('a secret %s is not in what a program prints', async (_, secrets, part) => {
    const tasks = create(
      work(
        step('a', async context => {
          for (const secret of secrets) context.hide(secret)
          const script = `console.log(${JSON.stringify(secrets.join('\n'))})`
          await context.run({ command: process.execPath, args: ['-e', script], env: {} })
        }),
      ),
    )
    const { id } = await run(tasks)
    const lines = await linesOf(tasks, id)
    expect(lines.length).toBeGreaterThan(0)
    expect(JSON.stringify(lines)).not.toContain(part)
  })

  test('an unknown kind is no task', async () => {
    expect(await complaint(create().start({ kind: 'other', input: null }))).toMatch(/^unsupported: /)
    expect(await complaint(create().resume('gone'))).toMatch(/^not-found: /)
    expect(await complaint(create().cancel('../x'))).toMatch(/^not-found: /)
  })
})

describe('a failure', () => {
  test('ends the task at its step; a resume goes on there, after a restart too', async () => {
    let isBroken = true
    const definition = work(
      step('a', async ({ state }) => Promise.resolve().then(() => state.set(MADE, 'yes'))),
      step('b', async () =>
        isBroken ? Promise.reject(new ProblemError({ code: 'unreachable', message: 'down' })) : undefined,
      ),
      step('c', async ({ state, log }) =>
        Promise.resolve().then(() => log(`made ${textOf(state.get(MADE))}`)),
      ),
    )
    const failed = await run(create(definition))
    expect(failed).toMatchObject({
      state: 'failed',
      steps: [{}, { problem: { code: 'unreachable', message: 'down' } }, {}],
    })
    expect(states(failed)).toEqual(['a done', 'b failed', 'c waiting'])

    const restarted = create(definition)
    await restarted.resume(failed.id)
    expect(states(await restarted.wait(failed.id))).toEqual(['a done', 'b failed', 'c waiting'])
    isBroken = false
    expect((await restarted.resume(failed.id)).endedAt).toBeUndefined()
    const done = await restarted.wait(failed.id)
    expect(done).toMatchObject({ state: 'done', id: failed.id })
    expect(done.steps.every(({ problem }) => problem === undefined)).toBe(true)
    expect(ran).toEqual(['a', 'b', 'b', 'b', 'c'])
    expect((await linesOf(restarted, failed.id)).map(({ text }) => text)).toEqual([
      'down',
      'down',
      'made yes',
    ])
    expect(await complaint(restarted.resume(failed.id))).toMatch(/^bad-input: /)
    expect((await restarted.list()).length).toBe(1)
  })

  test('of a bug in a step is a problem like any other', async () => {
    const task = await run(create(work(step('a', () => Promise.reject(new TypeError('x is undefined'))))))
    expect(task.steps[0]?.problem).toEqual({ code: 'internal', message: 'x is undefined' })
  })

  test('a step that throws at once is a failure too', async () => {
    const definition = work(
      step('a', () => {
        throw new Error('at once')
      }),
    )
    expect(states(await run(create(definition)))).toEqual(['a failed'])
  })
})

describe('cancel', () => {
  test('stops the step, cleans up and says what is left; a resume finishes', async () => {
    const reached = createGate()
    let isWaiting = true
    const reasons: string[] = []
    const definition = work(
      step('a'),
      step(
        'b',
        async context => {
          reached.open()
          if (isWaiting) await untilAborted(context)
        },
        async ({ signal: own }, why) => {
          reasons.push(`${why} ${String(own.aborted)}`)
          return Promise.resolve(['The cluster "dev" is still there'])
        },
      ),
      step('c'),
    )
    const tasks = create(definition)
    const { id } = await tasks.start({ kind: 'work', input: 'x' })
    await reached.opened
    const task = await tasks.cancel(id)
    expect(task).toMatchObject({ state: 'cancelled', leftovers: ['The cluster "dev" is still there'] })
    expect(states(task)).toEqual(['a done', 'b cancelled', 'c waiting'])
    expect(reasons).toEqual(['cancelled false'])
    isWaiting = false
    await tasks.resume(id)
    expect(await tasks.wait(id)).toMatchObject({ state: 'done', leftovers: [] })
    expect(ran).toEqual(['a', 'b', 'b', 'c'])
  })

  test.each([
    [
      'fails',
      () => Promise.reject(new Error('no rights')),
      /"Step a" is half done and could not be undone: no rights/,
    ],
    ['never ends', () => new Promise<never>(() => {}), /could not be undone: it took too long/],
  ] satisfies [string, StepDefinition['cleanUp'], RegExp][])(
    'a clean-up that %s is said',
    async (_, cleanUp, message) => {
      const reached = createGate()
      const tasks = create(
        work(
          step(
            'a',
            async context => {
              reached.open()
              await untilAborted(context)
            },
            cleanUp,
          ),
        ),
      )
      const { id } = await tasks.start({ kind: 'work', input: 'x' })
      await reached.opened
      expect((await tasks.cancel(id)).leftovers[0]).toMatch(message)
    },
  )

  test('ends a running program', async () => {
    const reached = createGate()
    const tasks = create(
      work(
        step('a', async context => {
          const args = ['-e', "console.log('up'); setInterval(() => {}, 1000)"]
          await context.run({ command: process.execPath, args, env: {}, onLine: () => reached.open() })
        }),
      ),
    )
    const { id } = await tasks.start({ kind: 'work', input: 'x' })
    await reached.opened
    expect(states(await tasks.cancel(id))).toEqual(['a cancelled'])
  })

  test('of a task that has ended changes nothing', async () => {
    const tasks = create(work(step('a')))
    const task = await run(tasks)
    expect(await tasks.cancel(task.id)).toEqual(task)
  })

  test('before a step begins, it does not begin', async () => {
    const tasks = create(work(step('a'), step('b')))
    const started = tasks.start({ kind: 'work', input: 'x' })
    await tasks.list()
    const { id } = await started
    await tasks.cancel(id)
    const [task] = await tasks.list()
    expect(['done', 'cancelled']).toContain(task?.state)
    if (task?.state === 'cancelled') expect(ran).not.toContain('b')
  })

  test('stopping the service stops all', async () => {
    const reached = [createGate(), createGate()]
    const tasks = create(
      work(
        step('a', async context => {
          reached[ran.length - 1]?.open()
          await untilAborted(context)
        }),
      ),
    )
    await tasks.start({ kind: 'work', input: 'x' })
    await tasks.start({ kind: 'work', input: 'y' })
    await Promise.all(reached.map(({ opened }) => opened))
    await tasks.stop()
    expect((await create().list()).map(({ state }) => state)).toEqual(['cancelled', 'cancelled'])
  })
})

test('two tasks of one lock do not run at once, even when started together', async () => {
  const gate = createGate()
  const tasks = create(work(step('a', () => gate.opened)))
  const results = await Promise.all(
    [
      tasks.start({ kind: 'work', input: 'x' }),
      tasks.start({ kind: 'work', input: 'x' }),
      tasks.start({ kind: 'work', input: 'y' }),
    ].map(each => complaint(each)),
  )
  expect(results.filter(text => text.startsWith('conflict: "Work on x" is still running')).length).toBe(1)
  const first = (await tasks.list()).find(({ input }) => input === 'x')
  expect(await complaint(tasks.resume(first?.id ?? ''))).toMatch(/^conflict: /)
  expect(await complaint(tasks.forget(first?.id ?? ''))).toMatch(/^conflict: /)
  gate.open()
  await tasks.wait(first?.id ?? '')
  await tasks.forget(first?.id ?? '')
  expect((await tasks.list()).map(({ input }) => input)).toEqual(['y'])
  await tasks.stop()
  expect((await create().list()).map(({ input }) => input)).toEqual(['y'])
})

describe('the history', () => {
  test('a task that the app left running has failed at its step and can go on', async () => {
    const gate = createGate()
    const reached = createGate()
    const definition = work(
      step('a'),
      step('b', async () => {
        reached.open()
        await gate.opened
      }),
    )
    const dying = create(definition)
    const { id } = await dying.start({ kind: 'work', input: 'x' })
    await reached.opened
    // The record on the disk says so when the step is running, as a crash would leave it.
    await expect
      .poll(async () => readFile(join(folder, `${id}.json`), 'utf8'))
      .toContain('"name":"b","title":"Step b","state":"running"')
    const next = create(definition)
    const [task] = await next.list()
    expect(task).toMatchObject({
      state: 'failed',
      leftovers: ['"Step b" was not finished and not undone'],
      steps: [{ state: 'done' }, { state: 'failed', problem: { code: 'cancelled' } }],
    })
    gate.open()
    await dying.wait(id)
    await next.resume(id)
    expect(states(await next.wait(id))).toEqual(['a done', 'b done'])
  })

  test.each([
    '{',
    '[]',
    '{"id":"../x"}',
    '{"id":"a","kind":"k","title":"t","state":"done","startedAt":1,"steps":[1],"leftovers":[],"memory":{}}',
  ])('a damaged record (%s) is set aside and hides no other', async text => {
    await mkdir(folder, { recursive: true })
    const task = await run(create(work(step('a'))))
    await writeFile(join(folder, 'a.json'), text)
    expect(await create().list()).toEqual([task])
    expect(existsSync(join(folder, 'a.json.damaged'))).toBe(true)
  })

  test('a disk that takes nothing lets nothing begin', async () => {
    await writeFile(join(folder, 'file'), '')
    const tasks = createTasks({
      folder: join(folder, 'file', 'inside'),
      definitions: [work(step('a'))],
      now: () => 1,
    })
    expect(await complaint(tasks.start({ kind: 'work', input: 'x' }))).toMatch(/^disk: /)
    expect(ran).toEqual([])
  })

  test('a line cut by a crash is passed over', async () => {
    const tasks = create(work(step('a', async ({ log }) => Promise.resolve().then(() => log('whole')))))
    const { id } = await run(tasks)
    const path = join(folder, `${id}.log`)
    await writeFile(path, `${await readFile(path, 'utf8')}{"at":1,"te`)
    expect((await linesOf(create(), id)).map(({ text }) => text)).toEqual(['whole'])
  })
})
