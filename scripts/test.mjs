// `npm test`: everything, on a fresh machine. Each part that cannot run here is named with its reason.
// `npm test -- unit web` runs only the named parts.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { failedEndToEndTests, failedUnitTests } from './failed-tests.mjs'
import { findElectronRuntime, findLab, provideBrowser, provideDisplay } from './provide.mjs'
import { binOf, build, install, nodePath, ROOT, run, toolEnvironment } from './set-up.mjs'

const totals = { passed: 0, failed: 0, skipped: 0 }
const failures = []
const failedTests = []
const wanted = process.argv.slice(2)
const isWanted = name => wanted.length === 0 || wanted.includes(name)
const REPORTS = join(ROOT, 'test-results')

function count(name, { passed = 0, failed = 0, skipped = 0 }, startedAt) {
  totals.passed += passed
  totals.failed += failed
  totals.skipped += skipped
  if (failed > 0) failures.push(name)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  console.log(`── ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped (${seconds} s)\n`)
}

/** A part that passes or fails as one. */
async function part(name, action) {
  if (!isWanted(name)) return true
  console.log(`── ${name}`)
  const startedAt = performance.now()
  const isGood = (await action()) === 0
  count(name, isGood ? { passed: 1 } : { failed: 1 }, startedAt)
  return isGood
}

function skip(name, reason) {
  if (!isWanted(name)) return
  console.log(`── ${name}: skipped, because ${reason}\n`)
  totals.skipped += 1
}

const node = (args, options) => run(nodePath(), args, options)
const readReport = file => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined)

async function unit() {
  if (!isWanted('unit')) return
  console.log('── unit')
  const startedAt = performance.now()
  const file = join(REPORTS, 'unit.json')
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const code = await node([join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ...args])
  const report = readReport(file)
  const failed = report?.numFailedTests ?? 0
  failedTests.push(...failedUnitTests(report))
  count(
    'unit',
    {
      passed: report?.numPassedTests ?? 0,
      // A file that does not load fails without a failed test.
      failed: code === 0 ? failed : Math.max(failed, 1),
      skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
    },
    startedAt,
  )
}

async function endToEnd(name, env, wrapper = []) {
  if (!isWanted(name)) return
  console.log(`── ${name}`)
  const startedAt = performance.now()
  const file = join(REPORTS, `${name}.json`)
  const [command, ...args] = [
    ...wrapper,
    nodePath(),
    binOf('@playwright/test', 'playwright'),
    'test',
    `--project=${name}`,
    '--reporter=list,json',
  ]
  const code = await run(command, args, {
    env: { ...toolEnvironment(), ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
  })
  const report = readReport(file)
  const stats = report?.stats
  failedTests.push(
    ...failedEndToEndTests(report).map(test => ({ ...test, title: `${name} › ${test.title}` })),
  )
  const failed = (stats?.unexpected ?? 0) + (stats?.flaky ?? 0)
  count(
    name,
    {
      passed: stats?.expected ?? 0,
      failed: code === 0 ? failed : Math.max(failed, 1),
      skipped: stats?.skipped ?? 0,
    },
    startedAt,
  )
}

await install()
rmSync(REPORTS, { recursive: true, force: true })
mkdirSync(REPORTS, { recursive: true })

await part('format', () => node([binOf('prettier'), '--check', '--log-level=warn', '.']))
await part('lint', () => node([binOf('eslint'), '--max-warnings=0', '.']))
await part('layers', () => node([join(ROOT, 'scripts', 'check-layers.mjs')]))
await part('types', async () => {
  const codes = []
  for (const name of ['domain', 'shared', 'node', 'preload', 'renderer', 'test'])
    codes.push(await node([binOf('vue-tsc'), '-p', `tsconfig.${name}.json`]))
  return Math.max(...codes)
})
// What is tested end to end is built, also where only that is wanted.
const isBuiltFor = ['web', 'electron', 'lab'].some(isWanted)
const isBuilt = isWanted('build') ? await part('build', build) : !isBuiltFor || (await build()) === 0
await unit()

if (!isBuilt) {
  for (const name of ['web', 'electron', 'lab']) skip(name, 'the build failed')
} else {
  const browser = isWanted('web') || isWanted('lab') ? await provideBrowser() : {}
  const browserEnv = browser.path ? { MESH_WORKBENCH_CHROMIUM: browser.path } : {}
  if (browser.reason) skip('web', browser.reason)
  else await endToEnd('web', browserEnv)

  const electron = isWanted('electron') ? await findElectronRuntime() : { reason: 'it is not wanted' }
  const display = electron.path ? await provideDisplay() : { wrapper: [] }
  if (electron.reason ?? display.reason) skip('electron', electron.reason ?? display.reason)
  else await endToEnd('electron', { MESH_WORKBENCH_ELECTRON: electron.path }, display.wrapper)

  const lab = findLab()
  if (lab.reason ?? browser.reason) skip('lab', lab.reason ?? browser.reason)
  else await endToEnd('lab', { ...browserEnv, MESH_WORKBENCH_LAB: lab.path })
}

for (const { title, message } of failedTests) console.log(`✘ ${title}\n${message}\n`)
if (failures.length > 0) console.log(`Failed: ${failures.join(', ')}`)
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1
