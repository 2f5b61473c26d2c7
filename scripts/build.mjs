// Builds the resources and the three bundles where something they are made of changed.
import { build, install } from './set-up.mjs'

await install()
process.exit(await build())
