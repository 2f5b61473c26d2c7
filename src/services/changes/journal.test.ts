import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toProblem } from '../../domain/problem.ts'
import type { JournalEntry, JournalStep } from '../../shared/contract/changes.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'
import { openJournal } from './journal.ts'
import type { PreparedStep } from './prepared-step.ts'
import { runSteps } from './run-steps.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const idOf = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name })
const stepOf = (name: string, outcome: JournalStep['outcome']): JournalStep => ({
  id: idOf(name),
  action: 'update',
  before: 'a: 1\n',
  after: 'a: 2\n',
  outcome,
})
const entryOf = (id: string, at: number, steps: readonly JournalStep[]): JournalEntry => ({
  id,
  context: 'c',
  title: 't',
  at,
  state: 'running',
  steps,
})
const prepared = (name: string): PreparedStep => ({
  operation: {
    id: idOf(name),
    action: 'apply',
    path: `/${name}`,
    live: undefined,
    request: { method: 'PATCH', path: `/${name}` },
  },
  step: {
    id: idOf(name),
    action: 'update',
    line: 1,
    base: 'absent',
    before: '',
    after: '',
    conflicts: [],
    problems: [],
    warnings: [],
  },
})

test('an entry that was running when the app ended says what may have been applied', async () => {
  await openJournal(folder).write(
    entryOf('e', 1, [stepOf('a', 'applied'), stepOf('b', 'waiting'), stepOf('c', 'waiting')]),
  )
  expect(await openJournal(folder).list()).toMatchObject([
    {
      state: 'partly',
      steps: [
        { outcome: 'applied' },
        { outcome: 'failed', problem: { code: 'cancelled' } },
        { outcome: 'skipped' },
      ],
    },
  ])
})

test('the oldest entries go when there are more than 500', async () => {
  await mkdir(folder, { recursive: true })
  for (let at = 0; at < 500; at++)
    await writeFile(join(folder, `e${String(at)}.json`), JSON.stringify(entryOf(`e${String(at)}`, at, [])))
  const journal = openJournal(folder)
  await journal.write(entryOf('new', 1_000, []))
  expect(await journal.list()).toHaveLength(500)
  expect(await openJournal(folder).find('e0')).toBeUndefined()
})

describe('a disk that takes nothing', () => {
  /** A client that breaks the journal's folder before it answers the n-th request. */
  function breaking(breakAt: number): { client: KubernetesClient; sent: string[] } {
    const sent: string[] = []
    const unused = (): never => {
      throw new Error('not used')
    }
    return {
      sent,
      client: {
        async request({ path }) {
          sent.push(path)
          if (sent.length === breakAt) {
            await rm(folder, { recursive: true })
            await writeFile(folder, '')
          }
          return {
            status: 200,
            headers: {},
            body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }),
          }
        },
        readJson: unused,
        readLines: unused,
      },
    }
  }
  const run = (client: KubernetesClient, journal: ReturnType<typeof openJournal>): Promise<JournalEntry> =>
    runSteps({
      client,
      journal,
      prepared: [prepared('a'), prepared('b')],
      entry: { id: 'e', context: 'c', title: 't', at: 1 },
    })

  test('before the first request: nothing is sent', async () => {
    const { client, sent } = breaking(9)
    await rm(folder, { recursive: true })
    const journal = openJournal(join(folder, 'below'))
    await writeFile(folder, '')
    expect(await run(client, journal).catch(toProblem)).toMatchObject({ code: 'disk' })
    expect(sent).toEqual([])
  })

  test('after it: the rest is not sent, and what was is told', async () => {
    const { client, sent } = breaking(1)
    const journal = openJournal(folder)
    expect(await run(client, journal)).toMatchObject({
      state: 'partly',
      steps: [{ outcome: 'applied' }, { outcome: 'skipped', problem: { code: 'disk' } }],
    })
    expect(sent).toEqual(['/a'])
    expect(await journal.find('e')).toMatchObject({ state: 'partly' })
  })
})
