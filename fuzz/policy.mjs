// `npm run fuzz:policy -- [COUNT] [SEED] [policies|connections|gateways|routes|waypoints]`: provides what fuzz/policy/run.ts needs, then runs it.
import { runBesideLab } from './run-beside-lab.mjs'

process.exit(await runBesideLab('policy'))
