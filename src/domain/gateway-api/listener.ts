import type { NamedObject } from '../istio/named-object.ts'
import type { Fields } from '../istio/fields/read-fields.ts'
import { compact, fieldsOf, listOf, numberOf, optionalFields, textOf } from '../istio/fields/read-fields.ts'
import type { GatewayApiObjects } from './gateway-api-objects.ts'
import { GATEWAY_GROUP, ISTIO_CONTROLLER } from './gateway-api-objects.ts'
import { fitsLabelSelector } from '../kubernetes/label-selector.ts'
import { findListenerConflicts } from './listener-conflicts.ts'
import { isReferenceGranted } from './reference-grants.ts'
import { readReference } from './reference.ts'

/** One listener of a Gateway, or of a ListenerSet that the Gateway lets add to it. */
export interface Listener {
  /** The Gateway or ListenerSet that the listener is written in. */
  readonly owner: NamedObject
  readonly gateway: NamedObject
  readonly index: number
  readonly name: string
  readonly port: number
  readonly protocol: string
  /** Empty for any. */
  readonly hostname: string
  readonly tls?: Fields
  /** Whether none of the certificates that it names may be used by its Gateway. */
  readonly lacksCertificate?: true
  readonly allowedKinds: readonly string[]
  /** `*`, or namespaces; empty for none. */
  readonly allowedNamespaces: readonly string[]
  /** The reason why an earlier listener took its place. */
  readonly conflict?: 'HostnameConflict' | 'ProtocolConflict'
}

/**
 * The listeners of all Gateways of Istio's class, with those of ListenerSets.
 * Source: https://gateway-api.sigs.k8s.io/reference/spec/#listener and https://gateway-api.sigs.k8s.io/geps/gep-1713/
 */
export function readListeners(objects: GatewayApiObjects): readonly Listener[] {
  return objects.gateways
    .filter(gateway => isOurs(objects, gateway))
    .flatMap(gateway => {
      const sets = objects.listenerSets.filter(set => isSetOf(objects, set, gateway))
      const listeners = [gateway, ...sets].flatMap(owner =>
        listOf(fieldsOf(owner.object.spec)['listeners']).map((item, index) =>
          readListener(objects, owner, gateway, fieldsOf(item), index),
        ),
      )
      const conflicts = findListenerConflicts(listeners)
      return listeners.map(listener => compact({ ...listener, conflict: conflicts.get(listener) }))
    })
}

const isOurs = ({ controllers }: GatewayApiObjects, { object }: NamedObject): boolean =>
  controllers.get(textOf(fieldsOf(object.spec)['gatewayClassName']) ?? '') === ISTIO_CONTROLLER

/** A Gateway lets no ListenerSets add to it unless it says so. */
function isSetOf(objects: GatewayApiObjects, set: NamedObject, gateway: NamedObject): boolean {
  const parent = readReference(
    fieldsOf(fieldsOf(set.object.spec)['parentRef']),
    { group: GATEWAY_GROUP, kind: 'Gateway' },
    set.namespace,
  )
  if (
    parent.group !== GATEWAY_GROUP ||
    parent.kind !== 'Gateway' ||
    parent.namespace !== gateway.namespace ||
    parent.name !== gateway.name
  )
    return false
  const allowed = fieldsOf(fieldsOf(fieldsOf(gateway.object.spec)['allowedListeners'])['namespaces'])
  switch (allowed['from']) {
    case 'All':
      return true
    case 'Same':
      return set.namespace === gateway.namespace
    case 'Selector':
      return (
        optionalFields(allowed['selector']) !== undefined &&
        fitsLabelSelector(allowed['selector'], objects.namespaces.get(set.namespace) ?? {})
      )
    default:
      return false
  }
}

function readListener(
  objects: GatewayApiObjects,
  owner: NamedObject,
  gateway: NamedObject,
  listener: Fields,
  index: number,
): Listener {
  const tls = optionalFields(listener['tls'])
  const allowed = fieldsOf(listener['allowedRoutes'])
  const protocol = textOf(listener['protocol']) ?? ''
  return compact({
    owner,
    gateway,
    index,
    name: textOf(listener['name']) ?? '',
    port: numberOf(listener['port']) ?? 0,
    protocol,
    hostname: (textOf(listener['hostname']) ?? '').toLowerCase(),
    tls,
    lacksCertificate:
      tls !== undefined && lacksCertificate(objects, owner, tls) ? (true as const) : undefined,
    allowedKinds: allowedKinds(protocol, tls, listOf(allowed['kinds']).map(fieldsOf)),
    allowedNamespaces: allowedNamespaces(objects, owner, fieldsOf(allowed['namespaces'])),
  })
}

/**
 * A Secret of another namespace must let the Gateway use it. Whether a Secret is there is not asked: files and those who
 * may not read Secrets have none of them. Source: `buildTLS` in istio's pilot/pkg/config/kube/gateway/conversion.go.
 */
function lacksCertificate(objects: GatewayApiObjects, owner: NamedObject, tls: Fields): boolean {
  const references = listOf(tls['certificateRefs']).map(item =>
    readReference(fieldsOf(item), { group: '', kind: 'Secret' }, owner.namespace),
  )
  return (
    tls['mode'] !== 'Passthrough' &&
    references.length > 0 &&
    references.every(
      to =>
        to.group !== '' ||
        to.kind !== 'Secret' ||
        (to.namespace !== owner.namespace && !isReferenceGranted(objects, owner, to)),
    )
  )
}

/** The kinds of routes that a protocol has, of those that the listener allows. */
function allowedKinds(
  protocol: string,
  tls: Fields | undefined,
  kinds: readonly Fields[],
): readonly string[] {
  const supported = supportedKinds(protocol, tls)
  return kinds.length === 0
    ? supported
    : supported.filter(kind =>
        kinds.some(item => item['kind'] === kind && (item['group'] ?? GATEWAY_GROUP) === GATEWAY_GROUP),
      )
}

function supportedKinds(protocol: string, tls: Fields | undefined): readonly string[] {
  switch (protocol) {
    case 'HTTP':
    case 'HTTPS':
      return ['HTTPRoute', 'GRPCRoute']
    case 'TCP':
      return ['TCPRoute']
    case 'TLS':
      return tls?.['mode'] === 'Passthrough'
        ? ['TLSRoute']
        : tls === undefined
          ? ['TLSRoute']
          : ['TLSRoute', 'TCPRoute']
    default:
      return []
  }
}

/** Routes come from the listener's own namespace unless it says otherwise. */
function allowedNamespaces(
  objects: GatewayApiObjects,
  owner: NamedObject,
  allowed: Fields,
): readonly string[] {
  const from = textOf(allowed['from']) ?? 'Same'
  if (from === 'Same') return [owner.namespace]
  if (from === 'All' || optionalFields(allowed['selector']) === undefined) return ['*']
  return [...objects.namespaces]
    .filter(([, labels]) => fitsLabelSelector(allowed['selector'], labels))
    .map(([name]) => name)
    .sort()
}
