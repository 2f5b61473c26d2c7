// `npm run fuzz:routing -- [--seed N] [--configurations N]`: provides what fuzz/routing/run.ts needs, then runs it.
import { runBesideLab } from './run-beside-lab.mjs'

process.exit(await runBesideLab('routing'))
