// `npm run guide`: makes the pictures of the guide and the README from the running app.
import { join } from 'node:path'
import { provideBrowser } from './provide.mjs'
import { build, install, nodePath, ROOT, run, toolEnvironment } from './set-up.mjs'

await install()
if ((await build()) !== 0) process.exit(1)
const browser = await provideBrowser()
if (browser.reason) {
  console.error(`The pictures cannot be made here: ${browser.reason}`)
  process.exit(2)
}
process.exit(
  await run(nodePath(), [join(ROOT, 'scripts', 'guide', 'take-pictures.ts')], {
    env: { ...toolEnvironment(), ...(browser.path ? { MESH_WORKBENCH_CHROMIUM: browser.path } : {}) },
  }),
)
