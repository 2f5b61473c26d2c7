import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test as check, vi } from 'vitest'
import { toProblem } from '../domain/problem.ts'
import { test } from './test.ts'

const fixtures = join(import.meta.dirname, '..', '..', 'test', 'fixtures')
const paths = (...names: string[]): string[] => [
  join(fixtures, 'tutorial'),
  ...['manifests', ...names].map(name => join(fixtures, 'route-tests', name)),
]
const folder = mkdtempSync(join(tmpdir(), 'route-tests-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

async function run(given: readonly string[], output?: string): Promise<{ code: number; out: string }> {
  const out: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line: unknown) => void out.push(String(line)))
  try {
    const code = await test.run({ output }, given)
    return { code, out: out.join('\n') }
  } catch (error) {
    return { code: 2, out: toProblem(error).message }
  } finally {
    log.mockRestore()
  }
}

check('green tests pass', async () => {
  const { code, out } = await run(paths('green'))
  expect(out).toContain('6 passed, 0 failed')
  expect(code).toBe(0)
})
check('a red test fails, and says why', async () => {
  const { code, out } = await run(paths('green', 'red'))
  expect(code).toBe(1)
  expect(out).toContain('FAIL  beta users get v1')
  expect(out).toContain('wrong.routes.yaml:2')
  expect(out).toContain(
    'destination: expected myapp subset v1, got myapp.default.svc.cluster.local:80 subset v2',
  )
  expect(out).toContain('6 passed, 1 failed')
})
check('for CI', async () => {
  const { code, out } = await run(paths('green', 'red'), 'junit')
  expect(code).toBe(1)
  expect(out).toMatch(
    /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites name="route tests" tests="7" failures="1"/,
  )
})
check('as JSON', async () => {
  const { out } = await run(paths('red'), 'json')
  expect(JSON.parse(out)).toMatchObject({
    tests: 1,
    failed: 1,
    results: [{ name: 'beta users get v1', line: 2, passed: false, decision: { outcome: 'forwarded' } }],
  })
})
check('a file that cannot be read is one line with its place', async () => {
  const file = join(folder, 'a.routes.yaml')
  writeFileSync(file, '- name: a\n  request: {url: http://a/}\n  expect: {stats: 404}\n')
  const { code, out } = await run([file])
  expect(code).toBe(2)
  expect(out).toBe(`${file}:3:12: There is no field "stats"`)
})
check('no tests at all is wrong use', async () => {
  const { code, out } = await run(paths())
  expect(code).toBe(2)
  expect(out).toContain('there are no route tests (*.routes.yaml) in')
})
