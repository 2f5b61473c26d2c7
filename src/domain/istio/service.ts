import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { isWildcard } from './host-name.ts'
import type { NamedObject } from './named-object.ts'
import { nameObject } from './named-object.ts'
import {
  compact,
  fieldsOf,
  listOf,
  numberOf,
  optionalFields,
  textMapOf,
  textOf,
  textsOf,
} from './fields/read-fields.ts'
import { readEntryProtocol, readPortProtocol } from './fields/read-protocol.ts'

export type Protocol = 'HTTP' | 'HTTP2' | 'GRPC' | 'HTTPS' | 'TLS' | 'TCP' | 'UDP' | 'detected'

export interface ServicePort {
  readonly number: number
  readonly name?: string
  readonly protocol: Protocol
  /** A number, or the name of a container port. */
  readonly targetPort: number | string
}

/** A host of Istio's service registry: a Kubernetes Service, or one host of a ServiceEntry. */
export interface MeshService extends NamedObject {
  /** `myapp.default.svc.cluster.local`, or the ServiceEntry's host, which may begin with `*`. */
  readonly host: string
  readonly ports: readonly ServicePort[]
  /** Labels of the pods behind it; absent where it selects none. */
  readonly selector?: Readonly<Record<string, string>>
  readonly addresses: readonly string[]
  /** `*`, `.`, `~` or namespaces; empty means everyone. */
  readonly exportTo: readonly string[]
  readonly isExternal: boolean
  /** Without an address of its own (`clusterIP: None`): callers see its pods. */
  readonly isHeadless: boolean
  /** Addresses of a ServiceEntry's endpoints. */
  readonly endpoints: readonly string[]
  /** The name that an ExternalName Service stands for, as it is written. */
  readonly aliasFor?: string
  /** A ServiceEntry's `resolution`. */
  readonly resolution?: string
}

/** Whether Istio routes the port's requests as HTTP: declared so, or detected when a request comes. */
export const isHttp = (protocol: Protocol): boolean =>
  protocol === 'HTTP' || protocol === 'HTTP2' || protocol === 'GRPC' || protocol === 'detected'

const exportAnnotation = 'networking.istio.io/exportTo'

/** A Kubernetes Service as a host of the registry. */
export function readService(object: KubernetesObject, clusterDomain: string): MeshService {
  const named = nameObject(object)
  const spec = fieldsOf(object.spec)
  const selector = optionalFields(spec['selector'])
  return compact({
    ...named,
    host: `${named.name}.${named.namespace}.svc.${clusterDomain}`,
    ports: listOf(spec['ports']).flatMap(item => readServicePort(fieldsOf(item))),
    selector: selector === undefined ? undefined : textMapOf(selector),
    addresses: textsOf(spec['clusterIPs'] ?? [spec['clusterIP']]).filter(address => address !== 'None'),
    exportTo: (object.metadata.annotations?.[exportAnnotation] ?? '')
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== ''),
    isExternal: false,
    isHeadless: spec['clusterIP'] === 'None',
    endpoints: [],
    aliasFor: spec['type'] === 'ExternalName' ? textOf(spec['externalName']) : undefined,
  })
}

function readServicePort(port: Readonly<Record<string, unknown>>): ServicePort[] {
  const number = numberOf(port['port'])
  if (number === undefined) return []
  const name = textOf(port['name'])
  const isUdp = port['protocol'] === 'UDP'
  return [
    compact({
      number,
      name,
      protocol: isUdp
        ? 'UDP'
        : readPortProtocol(
            number,
            name ?? '',
            typeof port['appProtocol'] === 'string' ? port['appProtocol'] : undefined,
          ),
      targetPort: numberOf(port['targetPort']) ?? textOf(port['targetPort']) ?? number,
    }),
  ]
}

/** A range of one address is that address: `convertServices` in istio's serviceregistry/serviceentry/conversion.go. */
const withoutFullPrefix = (address: string): string =>
  address.replace(address.includes(':') ? /\/128$/ : /\/32$/, '')

/** The hosts of a ServiceEntry. Source: https://istio.io/latest/docs/reference/config/networking/service-entry/ */
export function readServiceEntry(object: KubernetesObject): readonly MeshService[] {
  const named = nameObject(object)
  const spec = fieldsOf(object.spec)
  const ports = listOf(spec['ports']).flatMap((item): ServicePort[] => {
    const port = fieldsOf(item)
    const number = numberOf(port['number'])
    if (number === undefined) return []
    return [
      compact({
        number,
        name: textOf(port['name']),
        protocol: readEntryProtocol(textOf(port['protocol'])),
        targetPort: numberOf(port['targetPort']) ?? number,
      }),
    ]
  })
  const selector = optionalFields(fieldsOf(spec['workloadSelector'])['labels'])
  return textsOf(spec['hosts']).map(host =>
    compact({
      ...named,
      host: host.toLowerCase(),
      ports,
      selector: selector === undefined ? undefined : textMapOf(selector),
      addresses: textsOf(spec['addresses']).map(withoutFullPrefix),
      exportTo: textsOf(spec['exportTo']),
      isExternal: spec['location'] !== 'MESH_INTERNAL',
      isHeadless: false,
      resolution: textOf(spec['resolution']) ?? 'NONE',
      endpoints: listOf(spec['endpoints']).flatMap(item => textOf(fieldsOf(item)['address']) ?? []),
    }),
  )
}

/**
 * The port of a service by its number. Istio carries no UDP: such a port has no listener and no cluster, and another of
 * the same number may be beside it. Source: `buildOutboundClusters` in istio's pilot/pkg/networking/core/cluster.go.
 */
export const portOf = ({ ports }: MeshService, number: number): ServicePort | undefined =>
  ports.find(port => port.number === number && port.protocol !== 'UDP')

/** Whether the entry names one host, not a pattern. */
export const isExactHost = (service: MeshService): boolean => !isWildcard(service.host)
