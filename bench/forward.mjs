// `npm run bench:forward`: provides what bench/forward/run.ts needs, then runs it.
import { join } from 'node:path'
import { install, nodePath, ROOT, run, toolEnvironment } from '../scripts/set-up.mjs'

await install()
process.exit(await run(nodePath(), [join(ROOT, 'bench', 'forward', 'run.ts')], { env: toolEnvironment() }))
