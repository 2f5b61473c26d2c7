/**
 * The time to a usable window beside that of an empty one with the same runtime, and the size of what the window
 * loads first. `npm run bench:start`. Goals: 1.6 times, 200 kB gzip (docs/architecture.md).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { _electron } from 'playwright'

const ROOT = join(import.meta.dirname, '..')
const RUNS = 7
const executablePath = process.env['MESH_WORKBENCH_ELECTRON']

const EMPTY_MAIN = `const { app, BrowserWindow } = require('electron')
app.whenReady().then(() => new BrowserWindow({ width: 1440, height: 900, webPreferences: { sandbox: true } }).loadFile('index.html'))`

function makeEmptyApp(): string {
  const folder = mkdtempSync(join(tmpdir(), 'empty-window-'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', main: 'main.cjs' }))
  writeFileSync(join(folder, 'main.cjs'), EMPTY_MAIN)
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Empty</title><h1>Empty</h1>')
  return folder
}

/** Milliseconds from the start of the process until the heading shows. */
async function time(app: string, data: string): Promise<number> {
  const startedAt = performance.now()
  const running = await _electron.launch({
    args: ['--no-sandbox', `--user-data-dir=${data}`, app],
    env: { ...(process.env as Record<string, string>), KUBECONFIG: join(data, 'none') },
    ...(executablePath === undefined ? {} : { executablePath }),
  })
  const page = await running.firstWindow()
  await page.getByRole('heading', { level: 1 }).waitFor()
  const elapsed = performance.now() - startedAt
  await running.close()
  return elapsed
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

function firstLoad(): { name: string; bytes: number }[] {
  const page = join(ROOT, 'out', 'renderer')
  const html = readFileSync(join(page, 'index.html'), 'utf8')
  const scripts = [...html.matchAll(/(?:src|href)="\.?\/?(assets\/[^"]+\.js)"/g)].map(
    ([, path]) => path ?? '',
  )
  return scripts.map(name => ({ name, bytes: gzipSync(readFileSync(join(page, name))).length }))
}

const empty = makeEmptyApp()
const data = mkdtempSync(join(tmpdir(), 'start-'))
const figures = { empty: [] as number[], workbench: [] as number[] }
// In turn, so that both see the same machine; the first of each warms the disk cache and is not counted.
for (let run = 0; run <= RUNS; run++) {
  const [a, b] = [await time(empty, join(data, 'empty')), await time(ROOT, join(data, 'workbench'))]
  if (run === 0) continue
  figures.empty.push(a)
  figures.workbench.push(b)
}
const [emptyMedian, ownMedian] = [median(figures.empty), median(figures.workbench)]
const files = firstLoad()
const size = files.reduce((total, { bytes }) => total + bytes, 0)
console.log(`empty window     median ${emptyMedian.toFixed(0)} ms of ${RUNS}`)
console.log(`Mesh Workbench   median ${ownMedian.toFixed(0)} ms of ${RUNS}`)
console.log(`ratio            ${(ownMedian / emptyMedian).toFixed(2)} (goal 1.6)`)
for (const { name, bytes } of files)
  console.log(`first load       ${name} ${(bytes / 1000).toFixed(1)} kB gzip`)
console.log(`first load       ${(size / 1000).toFixed(1)} kB gzip of JavaScript (goal 200)`)
rmSync(empty, { recursive: true, force: true })
rmSync(data, { recursive: true, force: true })
