import type { Listener } from './listener.ts'

type Conflict = NonNullable<Listener['conflict']>

/**
 * The listeners that lose to an earlier one. Two on a port stand side by side where both are HTTP, HTTPS or TLS and
 * their names differ. Source: https://gateway-api.sigs.k8s.io/reference/spec/#gatewayspec (listeners),
 * `ComputeGatewayListenerConflicts` in istio's pilot/pkg/config/kube/gatewaycommon/listener_conflict.go.
 */
export function findListenerConflicts(listeners: readonly Listener[]): ReadonlyMap<Listener, Conflict> {
  const conflicts = new Map<Listener, Conflict>()
  const accepted: Listener[] = []
  for (const listener of listeners) {
    const prior = accepted.find(item => !isDistinct(listener, item))
    if (prior === undefined) accepted.push(listener)
    else conflicts.set(listener, conflictOf(listener, prior))
  }
  return conflicts
}

function isDistinct(one: Listener, other: Listener): boolean {
  if (one.port !== other.port) return true
  if (isConnection(one) || isConnection(other)) {
    const isKnown = (listener: Listener): boolean => isConnection(listener) || isNamed(listener)
    return !(isKnown(one) && isKnown(other))
  }
  if (isNamed(one) && isNamed(other)) return nameOf(one) !== nameOf(other)
  return one.protocol !== other.protocol
}

const isConnection = ({ protocol }: Listener): boolean => protocol === 'TCP' || protocol === 'UDP'
const isNamed = ({ protocol }: Listener): boolean =>
  protocol === 'HTTP' || protocol === 'HTTPS' || protocol === 'TLS'
const nameOf = ({ hostname }: Listener): string => (hostname === '' ? '*' : hostname)

const conflictOf = (one: Listener, other: Listener): Conflict =>
  (isConnection(one) && isConnection(other)) || one.protocol !== other.protocol
    ? 'ProtocolConflict'
    : 'HostnameConflict'
