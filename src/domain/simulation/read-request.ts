import { isScalarValue } from '../yaml/print-value.ts'
import type { Path } from '../yaml/path.ts'
import { formatPath } from '../yaml/path.ts'
import { optionalFields } from '../istio/fields/read-fields.ts'
import type { Caller, RoutingRequest } from '../routing/request.ts'
import { closestWord } from './closest-word.ts'
import { findGateway, gatewayNames, isGatewayProxy } from './find-caller.ts'
import type { RequestUrl } from './read-url.ts'
import { readUrl } from './read-url.ts'
import type { SimulatedMesh } from './simulated-mesh.ts'

/** Something wrong with a written request, and the field that it is about. */
export interface FieldProblem {
  readonly path: Path
  readonly message: string
  readonly hint?: string
  /** An unknown field says nothing wrong: the rest can be read. */
  readonly isUnknownField?: boolean
}

export interface WrittenRequest {
  /** Undefined where a problem hides it. */
  readonly request: RoutingRequest | undefined
  readonly problems: readonly FieldProblem[]
}

const REQUEST_FIELDS = ['id', 'from', 'url', 'method', 'headers', 'host', 'sni', 'tls', 'protocol']
const CALLER_FIELDS = ['namespace', 'labels', 'serviceAccount', 'gateway', 'proxy']
const TLS_VALUES = ['none', 'simple', 'mutual', 'istio'] as const

/**
 * Reads a request as people write it, in a line of JSON or a route test. Nothing is passed over in silence. Without a
 * mesh only its form is looked at, not whether its gateway exists.
 */
export function readRequest(value: unknown, simulated?: SimulatedMesh): WrittenRequest {
  const reader = new RequestReader(simulated)
  const request = reader.read(value)
  return { request: reader.isBroken ? undefined : request, problems: reader.problems }
}

class RequestReader {
  readonly problems: FieldProblem[] = []
  readonly #simulated: SimulatedMesh | undefined

  constructor(simulated: SimulatedMesh | undefined) {
    this.#simulated = simulated
  }

  get isBroken(): boolean {
    return this.problems.some(({ isUnknownField }) => isUnknownField !== true)
  }

  read(value: unknown): RoutingRequest | undefined {
    const fields = optionalFields(value)
    if (fields === undefined) {
      this.#refuse([], 'A request is a map with at least "url"')
      return undefined
    }
    this.problems.push(...unknownFields(fields, REQUEST_FIELDS, []))
    const from = this.#caller(fields['from'])
    const written = this.#text(fields, 'url')
    if (written === undefined) {
      if (fields['url'] === undefined)
        this.#refuse([], 'The request has no "url"', 'Add one, for example "http://myapp:80/"')
      return undefined
    }
    const url = readUrl(written)
    if (typeof url === 'string') {
      this.#refuse(['url'], `The URL ${JSON.stringify(written)} cannot be read: ${url}`)
      return undefined
    }
    const sni = this.#text(fields, 'sni')
    const isConnection = this.#isConnection(fields, url)
    if (isConnection) this.#refuseHttpFields(fields, url.path)
    this.#checkOwnTls(fields, from, url.scheme)
    return {
      from,
      scheme: url.scheme,
      method: this.#text(fields, 'method') ?? 'GET',
      host: this.#text(fields, 'host') ?? url.host,
      port: url.port,
      path: url.path,
      headers: this.#headers(fields['headers']),
      tls: this.#tls(fields['tls']) ?? (url.scheme === 'https' ? 'simple' : 'none'),
      ...(sni === undefined ? {} : { sni }),
      ...(isConnection ? { protocol: 'tcp' as const } : {}),
    }
  }

  #isConnection({ protocol }: Readonly<Record<string, unknown>>, { isConnection }: RequestUrl): boolean {
    if (protocol !== undefined && protocol !== 'tcp' && protocol !== 'http')
      this.#refuse(['protocol'], `"protocol" is ${JSON.stringify(protocol)}, not http or tcp`)
    if (protocol === 'http' && isConnection)
      this.#refuse(['protocol'], '"protocol" is http, but the URL is of a connection without HTTP')
    return isConnection || protocol === 'tcp'
  }

  #refuseHttpFields(fields: Readonly<Record<string, unknown>>, path: string): void {
    for (const name of ['method', 'headers', 'host'])
      if (fields[name] !== undefined)
        this.#refuse(
          [name],
          `A connection without HTTP has no "${name}"`,
          'Leave it out, or leave out "protocol"',
        )
    if (path !== '/') this.#refuse(['url'], `A connection without HTTP has no path ${path}`)
  }

  /** A workload's own request is TLS only where the application speaks it, as the URL says. */
  #checkOwnTls(fields: Readonly<Record<string, unknown>>, from: Caller, scheme: 'http' | 'https'): void {
    const { tls } = fields
    // Without a mesh a gateway's proxy is not told from a workload by its labels.
    if (from.kind === 'gateway' || this.#simulated === undefined || tls === undefined) return
    const wanted = scheme === 'https' ? 'simple' : 'none'
    if (TLS_VALUES.some(item => item === tls) && tls !== wanted)
      this.#refuse(
        ['tls'],
        `"tls" is ${JSON.stringify(tls)}, but a workload's ${scheme} request is ${wanted}`,
        '"tls" says how a request arrives at a gateway; the proxies of the mesh encrypt by themselves',
      )
  }

  #caller(value: unknown): Caller {
    const ownNamespace = this.#simulated?.namespace ?? 'default'
    const nobody: Caller = { kind: 'workload', namespace: ownNamespace, labels: {} }
    if (value === undefined) return nobody
    const fields = optionalFields(value)
    if (fields === undefined) {
      this.#refuse(['from'], '"from" is a map with "namespace" and "labels", or with "gateway"')
      return nobody
    }
    this.problems.push(...unknownFields(fields, CALLER_FIELDS, ['from']))
    const gateway = this.#text(fields, 'gateway', ['from'])
    const { proxy } = fields
    if (proxy !== undefined && typeof proxy !== 'boolean')
      this.#refuse(['from', 'proxy'], `"proxy" is ${JSON.stringify(proxy)}, not true or false`)
    if (gateway !== undefined) {
      if (proxy === false) this.#refuse(['from', 'proxy'], 'A gateway is a proxy: "proxy" cannot be false')
      return this.#gateway(gateway) ?? nobody
    }
    const namespace = this.#text(fields, 'namespace', ['from']) ?? ownNamespace
    const labels = this.#texts(fields['labels'], ['from', 'labels'])
    const serviceAccount = this.#text(fields, 'serviceAccount', ['from'])
    const isGateway =
      proxy !== false && this.#simulated !== undefined && isGatewayProxy(this.#simulated, labels)
    const common = { namespace, labels, ...(serviceAccount === undefined ? {} : { serviceAccount }) }
    if (isGateway) return { kind: 'gateway', ...common }
    return {
      kind: 'workload',
      ...common,
      ...(typeof proxy === 'boolean' ? { hasProxy: proxy } : {}),
    }
  }

  #gateway(reference: string): Caller | undefined {
    if (this.#simulated === undefined) return undefined
    const found = findGateway(this.#simulated, reference)
    if (found === undefined) {
      const near = closestWord(reference, gatewayNames(this.#simulated))
      this.#refuse(
        ['from', 'gateway'],
        `There is no Gateway ${reference} in the files`,
        near === undefined ? undefined : `Did you mean ${near}?`,
      )
    }
    return found
  }

  #headers(value: unknown): Readonly<Record<string, string>> {
    const headers = this.#texts(value, ['headers'])
    return Object.fromEntries(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]))
  }

  #tls(value: unknown): RoutingRequest['tls'] | undefined {
    if (value === undefined) return undefined
    const known = TLS_VALUES.find(item => item === value)
    if (known === undefined)
      this.#refuse(['tls'], `"tls" is ${JSON.stringify(value)}, not one of ${TLS_VALUES.join(', ')}`)
    return known
  }

  #text(fields: Readonly<Record<string, unknown>>, name: string, path: Path = []): string | undefined {
    const value = fields[name]
    if (value === undefined) return undefined
    if (typeof value === 'string' && value !== '') return value
    this.#refuse([...path, name], `"${name}" is ${JSON.stringify(value)}, not a text`)
    return undefined
  }

  #texts(value: unknown, path: Path): Readonly<Record<string, string>> {
    if (value === undefined) return {}
    const fields = optionalFields(value)
    if (fields === undefined) {
      this.#refuse(path, `"${formatPath(path)}" is not a map of texts`)
      return {}
    }
    const result: [string, string][] = []
    for (const [key, item] of Object.entries(fields))
      if (isScalarValue(item) && item !== null) result.push([key, String(item)])
      else this.#refuse([...path, key], `"${key}" is ${JSON.stringify(item)}, not a text`)
    return Object.fromEntries(result)
  }

  #refuse(path: Path, message: string, hint?: string): void {
    this.problems.push({ path, message, ...(hint === undefined ? {} : { hint }) })
  }
}

/** A problem for each field that is not one of the known ones. */
export function unknownFields(
  fields: Readonly<Record<string, unknown>>,
  known: readonly string[],
  path: Path,
): readonly FieldProblem[] {
  return Object.keys(fields)
    .filter(key => !known.includes(key))
    .map(key => {
      const near = closestWord(key, known)
      return {
        path: [...path, key],
        message: `There is no field "${key}"${path.length === 0 ? '' : ` in "${formatPath(path)}"`}`,
        hint: near === undefined ? `The fields are ${known.join(', ')}` : `Did you mean "${near}"?`,
        isUnknownField: true,
      }
    })
}
