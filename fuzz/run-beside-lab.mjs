import { join } from 'node:path'
import { findLab } from '../scripts/provide.mjs'
import { install, nodePath, ROOT, run, toolEnvironment } from '../scripts/set-up.mjs'

/** Runs `fuzz/FOLDER/run.ts` with this command's arguments; 2 where there is no lab to compare with. */
export async function runBesideLab(folder) {
  await install()
  const lab = findLab()
  if (lab.reason) {
    console.log(`Nothing can be compared here: ${lab.reason}`)
    return 2
  }
  return await run(nodePath(), [join(ROOT, 'fuzz', folder, 'run.ts'), ...process.argv.slice(2)], {
    env: { ...toolEnvironment(), MESH_WORKBENCH_LAB: lab.path },
  })
}
