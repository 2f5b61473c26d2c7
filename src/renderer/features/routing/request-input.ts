import { usesLinkerd } from '../../../domain/linkerd/uses-linkerd.ts'
import { fieldsOf, listOf, textOf, textsOf } from '../../../domain/istio/fields/read-fields.ts'
import type { Caller, RoutingRequest } from '../../../domain/routing/request.ts'
import type { SimulatedMesh } from '../../../domain/simulation/simulated-mesh.ts'
import type { RouteModel } from './read-route.ts'

/** Who can be chosen to send the request. */
export interface CallerChoice {
  readonly id: string
  readonly label: string
  readonly caller: Caller
}

/** The workloads with a proxy, one for each app and namespace, and the gateways' proxies. */
export function listCallers({ mesh, objects }: SimulatedMesh): readonly CallerChoice[] {
  const choices = new Map<string, CallerChoice>()
  for (const gateway of mesh.gateways) {
    // Of Gateway API each listener is a gateway of its own; people know the object by its name.
    const { namespace, name } = gateway.source ?? gateway
    const id = `gateway:${namespace}/${name}`
    if (choices.has(id)) continue
    const proxies = mesh.pods.find(pod =>
      Object.entries(gateway.selector).every(([key, value]) => pod.labels[key] === value),
    )
    choices.set(id, {
      id,
      label: `gateway ${name}`,
      caller: {
        kind: 'gateway',
        namespace: proxies?.namespace ?? gateway.proxyNamespace ?? namespace,
        labels: proxies?.labels ?? gateway.selector,
      },
    })
  }
  for (const { namespace, labels, hasProxy, serviceAccount } of mesh.pods) {
    const app = labels['app'] ?? labels['app.kubernetes.io/name']
    if (app === undefined || (!hasProxy && !usesLinkerd(objects, { namespace, labels }))) continue
    const id = `workload:${namespace}/${app}`
    if (!choices.has(id))
      choices.set(id, {
        id,
        label: namespace === 'default' ? app : `${app} (${namespace})`,
        caller: { kind: 'workload', namespace, labels, serviceAccount },
      })
  }
  return [...choices.values()]
}

/** What an address is made of: the hosts, the gateways and the paths that the rules ask for. */
export type TestHint = Pick<RouteModel, 'hosts' | 'gateways'> & {
  readonly rules: readonly Pick<RouteModel['rules'][number], 'matches'>[]
}

/** The hint of a route of Gateway API or Linkerd. */
export function readTestHint(value: unknown): TestHint {
  const spec = fieldsOf(fieldsOf(value)['spec'])
  const parents = listOf(spec['parentRefs']).map(fieldsOf)
  /** Names of parents, with the namespace where the reference tells one. */
  const named = (kind: string, join: (namespace: string, name: string) => string): readonly string[] =>
    parents
      .filter(parent => (textOf(parent['kind']) ?? 'Gateway') === kind)
      .map(parent => {
        const [name = '', of] = [textOf(parent['name']), textOf(parent['namespace'])]
        return of === undefined ? name : join(of, name)
      })
  const services = named('Service', (of, name) => `${name}.${of}`)
  const hostnames = textsOf(spec['hostnames'])
  const paths = listOf(spec['rules'])
    .flatMap(rule => listOf(fieldsOf(rule)['matches']))
    .map(match => fieldsOf(fieldsOf(match)['path']))
    .filter(path => path['type'] !== 'RegularExpression')
    .flatMap(path => textOf(path['value']) ?? [])
  return {
    hosts: hostnames.length > 0 ? hostnames : [...services, 'example.com'],
    gateways: [...named('Gateway', (of, name) => `${of}/${name}`), ...(services.length > 0 ? ['mesh'] : [])],
    rules: paths.map(path => ({
      matches: [
        { index: 0, conditions: [{ field: 'uri', text: { how: 'prefix', value: path } }], others: [] },
      ],
    })),
  }
}

/** Who most likely sends requests that the rules are for. */
export function likelyCaller(
  choices: readonly CallerChoice[],
  route: TestHint,
  namespace: string,
): CallerChoice | undefined {
  const outside = route.gateways.filter(name => name !== 'mesh')
  for (const gateway of outside) {
    const full = gateway.includes('/') ? gateway : `${namespace}/${gateway}`
    const attached = choices.find(({ id }) => id === `gateway:${full}`)
    if (attached !== undefined) return attached
  }
  // Another gateway would not know the route: the user chooses.
  if (outside.length > 0 && !route.gateways.includes('mesh')) return undefined
  const workloads = choices.filter(({ caller }) => caller.kind === 'workload')
  return (
    workloads.find(({ caller, label }) => caller.namespace === namespace && !route.hosts.includes(label)) ??
    workloads[0]
  )
}

/** An address to begin with: the first host, a path that the first rule asks for. */
export function likelyUrl(route: TestHint): string {
  const [host = ''] = route.hosts
  const name = host === '*' ? 'example.com' : host.replace(/^\*/, 'www')
  const uri = route.rules
    .flatMap(({ matches }) => matches)
    .flatMap(({ conditions }) => conditions)
    .find(condition => condition.field === 'uri' && condition.text.how !== 'regex')
  const path = uri !== undefined && 'text' in uri ? uri.text.value : '/'
  return `http://${name}${path.startsWith('/') ? path : `/${path}`}`
}

export interface HeaderInput {
  readonly name: string
  readonly value: string
}

/** `user-type: beta` as a header; undefined where it is none. */
export function readHeader(text: string): HeaderInput | undefined {
  const [, name, value] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*[:=]\s*(.*?)\s*$/.exec(text) ?? []
  return name === undefined || value === undefined ? undefined : { name: name.toLowerCase(), value }
}

/** The request that the user wrote, or one sentence that says what is wrong with it. */
export function readRequest(
  text: string,
  method: string,
  headers: readonly HeaderInput[],
  from: Caller,
): RoutingRequest | string {
  const address = text.includes('://') ? text : `http://${text}`
  if (!URL.canParse(address)) return `${text} is not an address`
  const url = new URL(address)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `${url.protocol} is not routed as HTTP`
  const isSecure = url.protocol === 'https:'
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port)
  const fields = Object.fromEntries(headers.map(({ name, value }) => [name, value]))
  return {
    from,
    scheme: isSecure ? 'https' : 'http',
    method,
    host: fields['host'] ?? url.hostname,
    port,
    path: url.pathname + url.search,
    headers: fields,
    tls: isSecure ? 'simple' : 'none',
    ...(isSecure ? { sni: url.hostname } : {}),
  }
}
