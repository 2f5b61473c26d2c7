import type { LeavingRequest } from '../decision.ts'
import type { PathNormalization } from '../../istio/settings/mesh-settings.ts'
import { splitTarget } from './normalize-path.ts'
import type { RoutingRequest } from '../request.ts'

/** A request as the matchers look at it: its path without the query, the query taken apart once. */
export interface RequestView {
  readonly request: RoutingRequest
  readonly path: string
  /** The query with its `?`, or empty. */
  readonly query: string
  readonly parameters: ReadonlyMap<string, string>
  /** `mesh`, or `namespace/name` of the gateway that the request came in by. */
  readonly gateway: string
  /** The port of the listener; for a gateway, the server's. */
  readonly port: number
}

const noParameters: ReadonlyMap<string, string> = new Map()

/** Takes a request apart for the matchers. */
export function viewRequest(
  request: RoutingRequest,
  gateway: string,
  port: number,
  normalization: PathNormalization = 'BASE',
): RequestView {
  const { path, query } = splitTarget(request.path, normalization)
  return { request, path, query, parameters: query === '' ? noParameters : readQuery(query), gateway, port }
}

/** The request as it leaves where nothing changes it: Envoy sends the path as it normalized it. */
export const unchanged = ({ request, path, query }: RequestView): LeavingRequest => ({
  host: request.host,
  path: path + query,
  headers: request.headers,
})

/** Envoy compares parameters as they are sent, not decoded, and looks at the first of a name. */
function readQuery(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const item of query.slice(1).split('&')) {
    const sign = item.indexOf('=')
    const name = sign < 0 ? item : item.slice(0, sign)
    if (!parameters.has(name)) parameters.set(name, sign < 0 ? '' : item.slice(sign + 1))
  }
  return parameters
}

/** A header of the request; Envoy's pseudo headers included. */
export function headerOf(view: RequestView, name: string): string | undefined {
  if (!name.startsWith(':')) return view.request.headers[name]
  if (name === ':authority') return view.request.host
  if (name === ':method') return view.request.method
  if (name === ':path') return view.request.path
  return name === ':scheme' ? view.request.scheme : undefined
}
