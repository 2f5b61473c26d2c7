// Finds, or as root on Debian installs, what the end-to-end tests need. Node built-ins only.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { binOf, nodePath, ROOT, run } from './set-up.mjs'

const findOnPath = (...names) => {
  for (const name of names)
    for (const folder of (process.env.PATH ?? '').split(delimiter))
      if (folder && existsSync(join(folder, name))) return join(folder, name)
  return undefined
}

const canInstall = () =>
  process.platform === 'linux' && process.getuid() === 0 && findOnPath('apt-get') !== undefined

async function aptInstall(packages) {
  if (!canInstall()) return false
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = { env, stdio: ['ignore', 'ignore', 'inherit'] }
  if ((await run('apt-get', ['update', '-qq'], options)) !== 0) return false
  return (await run('apt-get', ['install', '-y', '-qq', ...packages], options)) === 0
}

/** A Chromium or Chrome that is here, else Playwright's own, else Debian's. */
export async function provideBrowser() {
  const installed = () =>
    process.env.MESH_WORKBENCH_CHROMIUM ??
    findOnPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome') ??
    [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    ].find(path => existsSync(path))
  const path = installed()
  if (path) return { path }
  console.log('No Chromium found: trying the one of Playwright')
  if ((await run(nodePath(), [binOf('playwright'), 'install', 'chromium'], { stdio: 'ignore' })) === 0)
    return {}
  console.log("Installing Debian's Chromium")
  if (await aptInstall(['chromium'])) return { path: installed() }
  return { reason: 'there is no Chromium or Chrome, and none could be installed' }
}

/** Electron's folder: the one that is named, the test runtime beside the project, or the installed one. */
export async function findElectronRuntime() {
  const named = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (named) return { path: join(named, 'electron') }
  const provide = resolve(ROOT, '../shared/electron-runtime/provide')
  if (existsSync(provide)) {
    const ask = () => spawnSync(provide, { encoding: 'utf8' })
    let answer = ask()
    if (answer.status !== 0 && /missing libraries/.test(answer.stderr)) {
      await aptInstall(['xvfb', 'libnss3', 'libatk-bridge2.0-0', 'libgtk-3-0', 'libgbm1', 'libasound2'])
      answer = ask()
    }
    if (answer.status === 0) return { path: join(answer.stdout.trim(), 'electron') }
    return { reason: `the test runtime could not be provided: ${answer.stderr.trim()}` }
  }
  const recorded = join(ROOT, 'node_modules', 'electron', 'path.txt')
  if (existsSync(recorded)) {
    const path = join(ROOT, 'node_modules', 'electron', 'dist', readFileSync(recorded, 'utf8'))
    if (existsSync(path)) return { path }
  }
  return { reason: "Electron's program is not here (npm start fetches it)" }
}

/** The words to put before a command so that it has a display; none where there is one. */
export async function provideDisplay() {
  if (process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
    return { wrapper: [] }
  if (!findOnPath('xvfb-run')) await aptInstall(['xvfb'])
  const xvfb = findOnPath('xvfb-run')
  return xvfb
    ? { wrapper: [xvfb, '-a', '--server-args=-screen 0 1600x1000x24'] }
    : { reason: 'there is no display and no xvfb-run' }
}

/** The folder of the lab: real control planes without containers. */
export function findLab() {
  const path = process.env.MESH_WORKBENCH_LAB ?? resolve(ROOT, '../shared/lab')
  return existsSync(join(path, 'up'))
    ? { path }
    : { reason: 'there is no lab (MESH_WORKBENCH_LAB names its folder)' }
}
