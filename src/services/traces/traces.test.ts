import { describe, expect, test } from 'vitest'
import { ProblemError, toProblem, type Problem } from '../../domain/problem.ts'
import type { Clusters } from '../clusters/kubernetes-client.ts'
import { statusProblem } from '../clusters/status-problem.ts'
import { createTraces } from './traces.ts'

const { signal } = new AbortController()
const services = {
  items: [
    {
      metadata: { name: 'tracing', namespace: 'istio-system' },
      spec: { selector: { app: 'jaeger' }, ports: [{ port: 80, name: 'http-query' }] },
    },
  ],
}

/** A cluster whose Jaeger gives one answer. */
const tracesOf = (answer: () => unknown) =>
  createTraces({
    clusters: {
      client: () => ({
        readJson: () => Promise.resolve(services),
        request: () =>
          Promise.resolve().then(() => ({ status: 200, headers: {}, body: JSON.stringify(answer()) })),
      }),
    } as unknown as Clusters,
    now: () => 0,
  })
const fail = (status: number, body: string) => (): never => {
  throw new ProblemError(statusProblem(status, body))
}

describe('a trace that cannot be read', () => {
  test.each<[string, () => unknown, Problem['code']]>([
    [
      'Jaeger no longer has',
      fail(404, '{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}'),
      'gone',
    ],
    ['an empty answer is of', () => ({ data: [] }), 'gone'],
    [
      'a Jaeger that is not there has',
      fail(404, '{"kind":"Status","message":"services \\"tracing\\" not found"}'),
      'not-found',
    ],
    ['a Jaeger that fails has', fail(503, 'upstream connect error'), 'unreachable'],
  ])('that %s is told by its code, without JSON or a bare status', async (_name, answer, code) => {
    const found = await tracesOf(answer)
      .readTrace({ context: 'c', traceId: '4f2c9a7711aa' }, signal)
      .then(() => undefined, toProblem)
    expect(found?.code).toBe(code)
    expect(found?.message).not.toContain('{')
    expect(found?.message).not.toMatch(/^\d/)
    if (code === 'gone') expect(found?.message).toContain('4f2c9a77')
  })
})
