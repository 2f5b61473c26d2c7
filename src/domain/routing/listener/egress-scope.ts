import { namesFor } from '../../istio/aliases.ts'
import { hostCovers, isWildcard } from '../../istio/host-name.ts'
import { memoize, memoizeByKey } from '../../istio/memoize.ts'
import { compareAge } from '../../istio/named-object.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { MeshService, Protocol } from '../../istio/service.ts'
import type { Sidecar } from '../../istio/sidecar.ts'
import { hasCapitals, type VirtualService } from '../../istio/virtual-service.ts'
import { isExportedTo, sidecarOf } from '../../istio/visibility.ts'
import type { Caller } from '../request.ts'
import { visibleVirtualServices } from '../route/visible-virtual-services.ts'

/** What a workload's proxy knows for one port: its namespace's view, as far as a Sidecar lets it through. */
export interface EgressScope {
  readonly services: readonly MeshService[]
  /** The ExternalName Services that rules may name. */
  readonly aliases: readonly MeshService[]
  /** The ExternalName Services by which one of the services may be called. */
  readonly namesOf: (service: MeshService) => readonly MeshService[]
  readonly virtualServices: readonly VirtualService[]
  /** Of a Sidecar with a listener for this very port, the services of its listener for all ports, which listen too. */
  readonly otherServices: readonly MeshService[]
  /** Whether a Sidecar has a listener for this very port, so that all its services share it. */
  readonly isForPort: boolean
  /** Whether that listener is declared to read HTTP: then it does for all services, whatever their ports say. */
  readonly isForHttp: boolean
}

/** The hosts that an egress listener imports from a namespace, or from all. */
interface Imports {
  readonly hosts: string[]
  readonly excluded: string[]
}

type EgressListener = Sidecar['egress'][number]

/**
 * What a caller may call on a port; nothing where a Sidecar has listeners for other ports only.
 * Source: https://istio.io/latest/docs/reference/config/networking/sidecar/#IstioEgressListener and
 * `convertIstioListenerToWrapper` in istio's pilot/pkg/model/sidecar.go.
 */
export function egressScope(mesh: Mesh, caller: Caller, port: number): EgressScope {
  const sidecar = sidecarOf(mesh, caller.namespace, caller.labels)
  return rememberedScope(mesh, caller.namespace, sidecar, port)
}

const HTTP_PROTOCOLS: ReadonlySet<Protocol> = new Set<Protocol>(['HTTP', 'HTTP2', 'GRPC'])

const everything: EgressListener = { hosts: ['*/*'] }

const rememberedScope = memoizeByKey(
  (namespace: string, sidecar: Sidecar | undefined, port: number) =>
    sidecar === undefined ? namespace : `${namespace} ${sidecar.namespace}/${sidecar.name} ${String(port)}`,
  (mesh: Mesh, namespace: string, sidecar: Sidecar | undefined, port: number): EgressScope => {
    const listeners = sidecar === undefined || sidecar.egress.length === 0 ? [everything] : sidecar.egress
    const listener = listeners.find(item => item.port === undefined || item.port === port)
    if (listener === undefined)
      return {
        services: [],
        aliases: [],
        namesOf: () => [],
        virtualServices: [],
        otherServices: [],
        isForPort: false,
        isForHttp: false,
      }
    const imports = readImports(listener, namespace)
    const general = listeners.find(item => item.port === undefined)
    return {
      services: selectServices(mesh, namespace, imports, listener.port),
      aliases: mesh.aliases.filter(
        alias =>
          isExportedTo(alias.exportTo, alias.namespace, namespace) &&
          isServiceImported(alias, imports, alias.host),
      ),
      namesOf: service =>
        namesFor(mesh, service.host).filter(({ host }) => isServiceImported(service, imports, host)),
      virtualServices: visibleVirtualServices(mesh, namespace, 'mesh').filter(item =>
        isImported(item, imports),
      ),
      otherServices:
        listener.port === undefined || general === undefined
          ? []
          : selectServices(mesh, namespace, readImports(general, namespace)),
      isForPort: listener.port !== undefined,
      isForHttp: listener.port !== undefined && HTTP_PROTOCOLS.has(listener.protocol ?? 'detected'),
    }
  },
)

/** The hosts of a listener by namespace; `~` before the namespace takes a host out again. */
function readImports(listener: EgressListener, namespace: string): ReadonlyMap<string, Imports> {
  const imports = new Map<string, Imports>()
  for (const text of listener.hosts) {
    const slash = text.indexOf('/')
    const isExcluded = text.startsWith('~')
    const written = text.slice(isExcluded ? 1 : 0, slash)
    const owner = written === '.' ? namespace : written === '' ? '*' : written
    const own = imports.get(owner) ?? { hosts: [], excluded: [] }
    imports.set(owner, own)
    own[isExcluded ? 'excluded' : 'hosts'].push(text.slice(slash + 1).toLowerCase())
  }
  return imports
}

const ofNamespace = (imports: ReadonlyMap<string, Imports>, namespace: string): readonly Imports[] =>
  [imports.get(namespace), imports.get('*')].filter(item => item !== undefined)

const isExcluded = (lists: readonly Imports[], host: string): boolean =>
  lists.some(({ excluded }) => excluded.some(pattern => hostCovers(pattern, host)))

/** A VirtualService is there where one of its hosts overlaps an imported one, in either direction. */
function isImported(virtualService: VirtualService, imports: ReadonlyMap<string, Imports>): boolean {
  const { namespace, hosts } = virtualService
  const lists = ofNamespace(imports, namespace)
  const overlaps = (pattern: string, host: string): boolean =>
    pattern === host ||
    ((isWildcard(pattern) || isWildcard(host)) && (hostCovers(pattern, host) || hostCovers(host, pattern)))
  return hosts.some(
    (host, index) =>
      !isExcluded(lists, host) &&
      lists.some(list =>
        list.hosts.some(
          pattern => pattern === '*' || (!hasCapitals(virtualService, index) && overlaps(pattern, host)),
        ),
      ),
  )
}

/**
 * Whether a Sidecar lets a service through by one of its names. Another name of it is looked for where the service's own
 * host is imported, whichever namespace the ExternalName Service is in.
 * Source: `matchingService` and `matchingAliasService` in istio's pilot/pkg/model/sidecar.go.
 */
function isServiceImported(
  service: MeshService,
  imports: ReadonlyMap<string, Imports>,
  name: string,
): boolean {
  const lists = ofNamespace(imports, service.namespace)
  const covers = ({ hosts }: Imports, host: string): boolean =>
    hosts.some(pattern => hostCovers(pattern, host))
  const own = lists.find(list => covers(list, service.host))
  return (
    own !== undefined && !isExcluded(lists, service.host) && !isExcluded(lists, name) && covers(own, name)
  )
}

/** Services and the hosts of ServiceEntries, oldest first: `SortServicesByCreationTime` in istio's push_context.go. */
const servicesByAge = memoize((mesh: Mesh): readonly MeshService[] =>
  [...mesh.services, ...mesh.serviceEntries].sort((one, other) => compareAge(nameOf(one), nameOf(other))),
)

const nameOf = (service: MeshService): MeshService =>
  service.kind === 'Service' ? service : { ...service, name: service.host }

/**
 * The imported services. Where namespaces share a host, the caller's own comes first, then a Kubernetes Service,
 * then the one that is exported by name, then the oldest; a listener for one port looks at services that have it alone.
 */
function selectServices(
  mesh: Mesh,
  namespace: string,
  imports: ReadonlyMap<string, Imports>,
  onlyPort?: number,
): readonly MeshService[] {
  const isPublic = ({ exportTo }: MeshService): boolean => exportTo.length === 0 || exportTo.includes('*')
  const exported = servicesByAge(mesh).filter(
    service =>
      isExportedTo(service.exportTo, service.namespace, namespace) &&
      (onlyPort === undefined || service.ports.some(({ number }) => number === onlyPort)),
  )
  const imported = [...exported.filter(item => !isPublic(item)), ...exported.filter(isPublic)].filter(
    service => isServiceImported(service, imports, service.host),
  )
  const chosen = new Map<string, MeshService>()
  for (const service of imported) {
    const known = chosen.get(service.host)
    const isBetter =
      known === undefined ||
      service.namespace === namespace ||
      (known.kind !== 'Service' && service.kind === 'Service' && known.namespace !== namespace)
    if (isBetter) chosen.set(service.host, service)
  }
  return imported.filter(service => chosen.get(service.host)?.namespace === service.namespace)
}
