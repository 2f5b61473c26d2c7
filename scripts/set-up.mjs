// What both `npm start` and `npm test` need before anything else. Node built-ins only: it runs before the install.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const MODULES = join(ROOT, 'node_modules')
const STAMPS = join(MODULES, '.cache', 'mesh-workbench')
const isWindows = process.platform === 'win32'

const hashOf = text => createHash('sha256').update(text).digest('hex')
const readStamp = name => (existsSync(join(STAMPS, name)) ? readFileSync(join(STAMPS, name), 'utf8') : '')
const writeStamp = (name, text) => {
  mkdirSync(STAMPS, { recursive: true })
  writeFileSync(join(STAMPS, name), text)
}

/** Node 24 from the dependencies where there is one for this platform, else the Node that runs this. */
export function nodePath() {
  const own = join(MODULES, '.bin', isWindows ? 'node.cmd' : 'node')
  return existsSync(own) && spawnSync(own, ['--version'], { shell: isWindows }).status === 0
    ? own
    : process.execPath
}

/** Environment for our own commands: the installed tools and Node 24 first on PATH. */
export const toolEnvironment = () => ({
  ...process.env,
  PATH: [join(MODULES, '.bin'), process.env.PATH].join(delimiter),
})

/** Runs a command to its end with our output; resolves with its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: toolEnvironment(), ...options })
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? (signal ? 1 : 0)))
  })
}

/** The JavaScript file behind an installed command, to be run by `nodePath()` on every platform. */
export function binOf(packageName, name = packageName) {
  const manifest = JSON.parse(readFileSync(join(MODULES, packageName, 'package.json'), 'utf8'))
  return join(MODULES, packageName, typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[name])
}

/** `npm ci`, only when the lock file changed since the last one. */
export async function install() {
  const lock = hashOf(readFileSync(join(ROOT, 'package-lock.json')))
  if (existsSync(MODULES) && readStamp('lock') === lock) return
  console.log('Installing the dependencies …')
  const npm = process.env.npm_execpath
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const code =
    npm && /\.c?js$/.test(npm)
      ? await run(process.execPath, [npm, ...args], { env: process.env })
      : await run(isWindows ? 'npm.cmd' : 'npm', args, { env: process.env, shell: isWindows })
  if (code !== 0) {
    console.error('npm ci failed: see above; it needs the npm registry or a filled cache')
    process.exit(1)
  }
  writeStamp('lock', lock)
}

function* filesIn(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesIn(path)
    else yield path
  }
}

/** Changes when a file that the build reads was changed, added or removed. */
function fingerprint() {
  const files = ['src', 'resources/icons', 'scripts'].flatMap(folder => [...filesIn(join(ROOT, folder))])
  files.push(join(ROOT, 'electron.vite.config.ts'), join(ROOT, 'package-lock.json'))
  return hashOf(
    files
      .filter(path => !path.endsWith('.test.ts'))
      .sort()
      .map(path => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`)
      .join('\n'),
  )
}

/** Builds the resources and the three bundles, only when something they are made of changed. Returns the exit code. */
export async function build() {
  const current = fingerprint()
  const isBuilt = ['out/main/index.js', 'out/renderer/index.html', 'resources/generated'].every(path =>
    existsSync(join(ROOT, path)),
  )
  if (isBuilt && readStamp('build') === current) return 0
  console.log('Building …')
  for (const args of [
    [join(ROOT, 'scripts', 'build-resources.ts')],
    [binOf('electron-vite'), 'build', '--logLevel', 'warn'],
  ]) {
    const code = await run(nodePath(), args)
    if (code !== 0) return code
  }
  writeStamp('build', current)
  return 0
}
