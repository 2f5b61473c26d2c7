import type { Problem } from '../problem.ts'
import type { RequestDecision } from '../routing/decide-request.ts'
import type { RoutingRequest } from '../routing/request.ts'
import { decideSimulated } from '../simulation/decide-simulated.ts'
import { readRequest } from '../simulation/read-request.ts'
import type { SimulatedMesh } from '../simulation/simulated-mesh.ts'
import { differencesOf } from './differences.ts'
import type { RouteTest } from './route-test.ts'

export interface RouteTestResult {
  readonly test: RouteTest
  readonly passed: boolean
  /** Each thing that is otherwise than expected, in words; empty where the test passed. */
  readonly differences: readonly string[]
  /** Why the request could not be decided at all, such as a gateway that is not there. */
  readonly problem?: Problem
  readonly request?: RoutingRequest
  readonly decision?: RequestDecision
}

/** Decides the request of each test and compares. */
export const runRouteTests = (
  simulated: SimulatedMesh,
  tests: readonly RouteTest[],
): readonly RouteTestResult[] => tests.map(test => runRouteTest(simulated, test))

function runRouteTest(simulated: SimulatedMesh, test: RouteTest): RouteTestResult {
  const { request, problems } = readRequest(test.request, simulated)
  if (request === undefined) {
    const [first] = problems
    const { message = 'The request cannot be read', hint } = first ?? {}
    const problem: Problem = {
      code: 'bad-input',
      message,
      line: test.line,
      ...(hint === undefined ? {} : { hint }),
    }
    return { test, passed: false, differences: [[message, hint].filter(Boolean).join('. ')], problem }
  }
  const decision = decideSimulated(simulated, request)
  const differences = differencesOf(test.expect, decision, simulated)
  return { test, passed: differences.length === 0, differences, request, decision }
}
