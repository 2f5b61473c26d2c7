import { canaryByHeader } from './canary-by-header.ts'
import { canaryByWeight } from './canary-by-weight.ts'
import { circuitBreaker } from './circuit-breaker.ts'
import { exposeService } from './expose-service.ts'
import { injectFault } from './inject-fault.ts'
import { mirrorRequests } from './mirror-requests.ts'
import { pathRouting } from './path-routing.ts'
import { splitUsers } from './split-users.ts'
import { timeoutsAndRetries } from './timeouts-and-retries.ts'
import type { Wizard } from './wizard.ts'

/** The everyday jobs, in the order in which they are offered. */
export const wizards: readonly Wizard[] = [
  canaryByWeight,
  canaryByHeader,
  splitUsers,
  mirrorRequests,
  injectFault,
  timeoutsAndRetries,
  circuitBreaker,
  exposeService,
  pathRouting,
]
