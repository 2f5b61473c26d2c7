// `npm run bench:start`: provides what bench/start.ts needs, then runs it.
import { join } from 'node:path'
import { findElectronRuntime, provideDisplay } from '../scripts/provide.mjs'
import { build, install, nodePath, ROOT, run, toolEnvironment } from '../scripts/set-up.mjs'

await install()
if ((await build()) !== 0) process.exit(1)
const electron = await findElectronRuntime()
const display = await provideDisplay()
if (electron.reason ?? display.reason) {
  console.log(`The start cannot be measured here: ${electron.reason ?? display.reason}`)
  process.exit(2)
}
const [command, ...args] = [...display.wrapper, nodePath(), join(ROOT, 'bench', 'start.ts')]
process.exit(
  await run(command, args, { env: { ...toolEnvironment(), MESH_WORKBENCH_ELECTRON: electron.path } }),
)
