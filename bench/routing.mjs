// `npm run bench:routing`: provides what bench/routing.ts needs, then runs it.
import { join } from 'node:path'
import { install, nodePath, ROOT, run, toolEnvironment } from '../scripts/set-up.mjs'

await install()
process.exit(
  await run(nodePath(), ['--expose-gc', join(ROOT, 'bench', 'routing.ts')], { env: toolEnvironment() }),
)
