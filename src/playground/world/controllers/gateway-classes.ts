import { WAYPOINT_CLASS, WAYPOINT_CONTROLLER } from '../../../domain/routing/ambient/ambient-world.ts'
import { ISTIO_CONTROLLER } from '../../../domain/gateway-api/gateway-api-objects.ts'
import type { Fields } from '../../../domain/istio/fields/read-fields.ts'
import { collections } from '../collections.ts'
import type { ControllerContext } from './controller-context.ts'
import { makeCondition, writeStatus } from './controller-context.ts'

/** The classes that istiod makes without being asked. */
export function ensureGatewayClasses(context: ControllerContext): void {
  const { store } = context
  for (const [name, controllerName, description] of [
    ['istio', ISTIO_CONTROLLER, 'The default Istio GatewayClass'],
    [WAYPOINT_CLASS, WAYPOINT_CONTROLLER, 'The default Istio waypoint GatewayClass'],
  ] as const) {
    if (store.get(collections.gatewayClasses, undefined, name) !== undefined) continue
    const made = store.create(collections.gatewayClasses, {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name },
      spec: { controllerName, description },
    })
    const condition = makeCondition(context, [], {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: 'Handled by Istio controller',
    })
    writeStatus(context, collections.gatewayClasses, made, {
      conditions: [withoutUpdateTime(condition)],
    })
  }
}

/** Conditions of the Gateway API have no time of their last update. */
export const withoutUpdateTime = (condition: Fields): Fields =>
  Object.fromEntries(Object.entries(condition).filter(([key]) => key !== 'lastUpdateTime'))
