import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readManifests } from '../../src/cli/read-manifests.ts'
import { readRequests } from '../../src/cli/read-requests.ts'
import { simulateFiles } from '../../src/cli/simulate-files.ts'
import { fieldsOf } from '../../src/domain/istio/fields/read-fields.ts'
import { parseRouteTests } from '../../src/domain/route-tests/parse-route-tests.ts'
import { runRouteTests } from '../../src/domain/route-tests/run-route-tests.ts'
import { decideSimulated } from '../../src/domain/simulation/decide-simulated.ts'
import { recordDecision } from '../../src/domain/simulation/decision-record.ts'
import { compareWithExpected } from './compare-with-expected.ts'
import { KNOWN_WRONG } from './known-wrong.ts'

// Every folder of the cases: the decision on each request beside the right one, and its route tests.

const root = join(import.meta.dirname, '..', 'fixtures', 'cases', 'routing')
const folders = readdirSync(root)

/** Route tests that are right to fail: their author did not know what the case is about. */
const RIGHTLY_RED: ReadonlySet<string> = new Set([
  '22-gwapi-cross-namespace/routes: own host is served',
  '22-gwapi-cross-namespace/routes: mixed goes one in four to invoices',
])

const readLines = (file: string): readonly unknown[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => JSON.parse(line) as unknown)

/** What is wrong about each request and route test of a folder, by its place; empty lists for what is right. */
async function checkFolder(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const own = join(root, folder)
  const { simulated } = simulateFiles(
    await readManifests([join(own, 'manifests.yaml')], 'default'),
    'default',
  )
  const { requests } = await readRequests(join(own, 'requests.jsonl'), simulated)
  const expected = new Map(
    readLines(join(own, 'expected.jsonl')).map(line => [fieldsOf(line)['id'], line] as const),
  )
  expect([...expected.keys()].filter(id => requests.every(item => item.id !== id))).toEqual([])
  const found = new Map<string, readonly string[]>()
  for (const { id, request } of requests) {
    const record = recordDecision(id, decideSimulated(simulated, request))
    found.set(`${folder}/${String(id)}`, compareWithExpected(expected.get(id), record))
  }
  for (const file of readdirSync(own).filter(name => name.endsWith('.routes.yaml'))) {
    const { tests, problems } = parseRouteTests(readFileSync(join(own, file), 'utf8'))
    expect(problems).toEqual([])
    for (const { test: routeTest, passed, differences } of runRouteTests(simulated, tests)) {
      const place = `${folder}/routes: ${routeTest.name}`
      const isRight = passed !== RIGHTLY_RED.has(place)
      found.set(place, isRight ? [] : ['it must not pass', ...differences])
    }
  }
  return found
}

describe('cases from the field', () => {
  test.each(folders)('%s', async folder => {
    const wrong = [...(await checkFolder(folder))].filter(([, differences]) => differences.length > 0)
    const known = [...KNOWN_WRONG].filter(place => place.startsWith(`${folder}/`))
    const isKnown = ([place]: readonly [string, unknown]): boolean => known.includes(place)
    expect(wrong.filter(item => !isKnown(item))).toEqual([])
    // What is listed and right is to be taken off the list.
    expect(known.filter(place => !wrong.some(([own]) => own === place))).toEqual([])
  })
})
