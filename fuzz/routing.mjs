// `npm run fuzz:routing -- [--seed N] [--configurations N]`: provides what fuzz/routing/run.ts needs, then runs it.
import { join } from 'node:path'
import { findLab } from '../scripts/provide.mjs'
import { install, nodePath, ROOT, run, toolEnvironment } from '../scripts/set-up.mjs'

await install()
const lab = findLab()
if (lab.reason) {
  console.log(`The routes cannot be compared here: ${lab.reason}`)
  process.exit(2)
}
process.exit(
  await run(nodePath(), [join(ROOT, 'fuzz', 'routing', 'run.ts'), ...process.argv.slice(2)], {
    env: { ...toolEnvironment(), MESH_WORKBENCH_LAB: lab.path },
  }),
)
