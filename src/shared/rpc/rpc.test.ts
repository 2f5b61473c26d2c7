import { describe, expect, test } from 'vitest'
import { memoryPorts } from '../../../test/memory-port.ts'
import { ProblemError, toProblem } from '../../domain/problem.ts'
import { connect } from './connect.ts'
import { call, stream, type Handlers } from './contract.ts'
import { lateHandlers } from './late-handlers.ts'
import { serve } from './serve.ts'

const parseNumber = (input: unknown): number => {
  if (typeof input !== 'number') throw new ProblemError({ code: 'bad-input', message: 'Expected a number' })
  return input
}
const contract = {
  double: call(parseNumber).returns<number>(),
  count: stream(parseNumber).of<number>(),
  fail: call(parseNumber).returns<number>(),
}

function start(): ReturnType<typeof memoryPorts> & {
  api: ReturnType<typeof connect<typeof contract>>
  ended: string[]
} {
  const ended: string[] = []
  const handlers: Handlers<typeof contract> = {
    double: n => Promise.resolve(2 * n),
    async *count(n, signal) {
      try {
        for (let i = 0; i < n && !signal.aborted; i++) yield await Promise.resolve(i)
      } finally {
        ended.push('count')
      }
    },
    fail: () =>
      Promise.reject(new ProblemError({ code: 'not-found', message: 'Gone', hint: 'Look elsewhere' })),
  }
  const ports = memoryPorts()
  serve(ports.server, contract, handlers)
  return { ...ports, api: connect(ports.client, contract), ended }
}

describe('a call', () => {
  test('is answered', async () => {
    expect(await start().api.double(21)).toBe(42)
  })

  test('brings a problem whole', async () => {
    const problem = await start().api.fail(1).catch(toProblem)
    expect(problem).toEqual({ code: 'not-found', message: 'Gone', hint: 'Look elsewhere' })
  })

  test('with bad input never reaches the handler', async () => {
    const { api } = start()
    const untyped = api as unknown as { double: (input: unknown) => Promise<number> }
    expect(await untyped.double('x').catch(toProblem)).toMatchObject({ code: 'bad-input' })
  })

  test('ends when the connection closes', async () => {
    const { api, close } = start()
    const answer = api.double(1).catch(toProblem)
    close()
    expect(await answer).toMatchObject({ code: 'unreachable' })
  })
})

describe('a stream', () => {
  test('gives every item in order', async () => {
    const items: number[] = []
    for await (const item of start().api.count(3)) items.push(item)
    expect(items).toEqual([0, 1, 2])
  })

  test('stops its handler when the reader leaves', async () => {
    const { api, ended } = start()
    for await (const item of api.count(1_000_000)) if (item === 2) break
    await expect.poll(() => ended).toEqual(['count'])
  })
})

test.each([
  ['inherited names', { kind: 'start', id: 1, method: 'constructor', input: 1 }, 'unknown-method'],
  ['unknown names', { kind: 'start', id: 1, method: 'rm', input: 1 }, 'unknown-method'],
])('%s are not methods', async (_name, message, code) => {
  const { client } = start()
  const answer = new Promise(resolve => client.onMessage(resolve))
  client.post(message)
  expect(await answer).toMatchObject({ kind: 'fail', problem: { code } })
})

test.each([
  [null],
  ['start'],
  [{ kind: 'start' }],
  [{ kind: 'start', id: 0.5, method: 'double' }],
  [{ id: 1 }],
  [[]],
])('%j is not a message and is not answered', async message => {
  const { client, api } = start()
  const answers: unknown[] = []
  client.onMessage(answer => answers.push(answer))
  client.post(message)
  await api.double(1)
  expect(answers).toHaveLength(1)
})

test('what is asked before the handlers are there is answered when they are', async () => {
  let tellReady = (_handlers: Handlers<typeof contract>): void => {}
  const ready = new Promise<Handlers<typeof contract>>(resolve => (tellReady = resolve))
  const ports = memoryPorts()
  serve(ports.server, contract, lateHandlers(contract, ready))
  const api = connect(ports.client, contract)
  const countUp = async (): Promise<number[]> => {
    const items: number[] = []
    for await (const item of api.count(2)) items.push(item)
    return items
  }
  const asked = Promise.all([api.double(4), countUp()])
  tellReady({
    double: n => Promise.resolve(2 * n),
    fail: n => Promise.resolve(n),
    async *count(n) {
      for (let i = 0; i < n; i++) yield await Promise.resolve(i)
    },
  })
  expect(await asked).toEqual([8, [0, 1]])
})
