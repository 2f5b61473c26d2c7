// `npm start`: installs and builds what is missing, opens Electron, or says why not and serves the web shell.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, install, nodePath, ROOT, run } from './set-up.mjs'

const isLinux = process.platform === 'linux'
const hasDisplay = !isLinux || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
const isRoot = isLinux && process.getuid() === 0

/** Electron's program, fetched at first use as Electron itself does; or one line that says why there is none. */
async function findElectron() {
  const folder = join(ROOT, 'node_modules', 'electron')
  const name =
    { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[process.platform] ?? 'electron'
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (override) {
    const path = join(override, name)
    return existsSync(path) ? { path } : { reason: `ELECTRON_OVERRIDE_DIST_PATH has no ${name}` }
  }
  if (!hasDisplay) return { reason: 'there is no display' }
  const recorded = join(folder, 'path.txt')
  const path = () => join(folder, 'dist', existsSync(recorded) ? readFileSync(recorded, 'utf8') : name)
  if (existsSync(path())) return { path: path() }
  console.log("Fetching Electron's program …")
  await run(nodePath(), [join(folder, 'install.js')], { stdio: 'ignore' })
  return existsSync(path()) ? { path: path() } : { reason: "Electron's program could not be downloaded" }
}

await install()
if ((await build()) !== 0) process.exit(1)

const electron = hasDisplay ? await findElectron() : { reason: 'there is no display' }
let { reason } = electron
if (electron.path) {
  // Chromium refuses to run as root with its sandbox; who starts it as root has chosen so.
  if (isRoot) console.log('Running as root: Electron starts without its sandbox.')
  const startedAt = performance.now()
  const code = await run(electron.path, [...(isRoot ? ['--no-sandbox'] : []), ROOT, ...process.argv.slice(2)])
  // An Electron that cannot open a window ends at once (no usable sandbox or display); one that was used ends later.
  if (code === 0 || performance.now() - startedAt > 10_000) process.exit(code)
  reason = `Electron ended with code ${code}`
}
console.log(`Mesh Workbench opens in the browser, because ${reason}.`)
process.exit(
  await run(nodePath(), [join(ROOT, 'out', 'main', 'cli.js'), 'serve', '--open', ...process.argv.slice(2)]),
)
