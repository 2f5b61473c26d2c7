// `npm run fuzz:edits -- [COUNT] [SEED]`: random edits over real-looking documents, by a fresh seed.
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { install, nodePath, ROOT, run, toolEnvironment } from '../scripts/set-up.mjs'

await install()
const [count = '20000', seed = String(randomInt(2 ** 31))] = process.argv.slice(2)
const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
process.exit(
  await run(nodePath(), [vitest, 'run', 'src/domain/edits/edits.property.test.ts'], {
    env: { ...toolEnvironment(), EDITS: count, EDITS_SEED: seed },
  }),
)
