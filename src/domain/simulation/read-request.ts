import { isScalarValue } from '../yaml/print-value.ts'
import type { Path } from '../yaml/path.ts'
import { formatPath } from '../yaml/path.ts'
import { optionalFields } from '../mesh/read-fields.ts'
import type { Caller, RoutingRequest } from '../routing/request.ts'
import { closestWord } from './closest-word.ts'
import { findGateway, gatewayNames, isGatewayProxy } from './find-caller.ts'
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

const REQUEST_FIELDS = ['id', 'from', 'url', 'method', 'headers', 'host', 'sni', 'tls']
const CALLER_FIELDS = ['namespace', 'labels', 'serviceAccount', 'gateway']
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
    }
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
    if (gateway !== undefined) return this.#gateway(gateway) ?? nobody
    const namespace = this.#text(fields, 'namespace', ['from']) ?? ownNamespace
    const labels = this.#texts(fields['labels'], ['from', 'labels'])
    const serviceAccount = this.#text(fields, 'serviceAccount', ['from'])
    const isGateway = this.#simulated !== undefined && isGatewayProxy(this.#simulated, labels)
    return {
      kind: isGateway ? 'gateway' : 'workload',
      namespace,
      labels,
      ...(serviceAccount === undefined ? {} : { serviceAccount }),
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
