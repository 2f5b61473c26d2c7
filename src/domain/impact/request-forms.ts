import { hostCovers } from '../istio/host-name.ts'
import type { Mesh } from '../istio/mesh.ts'
import { textsOf } from '../istio/fields/read-fields.ts'
import type { HttpMatch, TextMatch } from '../istio/virtual-service.ts'
import type { RoutingRequest } from '../routing/request.ts'
import type { SimulatedMesh } from '../simulation/simulated-mesh.ts'

/** Enough for every condition that people write for one host; more would only cost time. */
const MAX_FORMS = 60

type Forms = readonly [RoutingRequest, ...RoutingRequest[]]

/** The different ones of some requests, the first of them first. */
function distinct(first: RoutingRequest, others: readonly RoutingRequest[]): Forms {
  const byText = new Map([[JSON.stringify(first), first]])
  for (const other of others) {
    if (byText.size >= MAX_FORMS) break
    byText.set(JSON.stringify(other), other)
  }
  byText.delete(JSON.stringify(first))
  return [first, ...byText.values()]
}

/** The request, and the request with each header that a rule asks for, where no span tells whether it was there. */
export function formsWithHeaders(
  simulated: readonly Pick<SimulatedMesh, 'mesh'>[],
  request: RoutingRequest,
  hiddenHeaders: readonly string[],
): Forms {
  if (hiddenHeaders.length === 0) return [request]
  const hidden = new Set(hiddenHeaders)
  const variants = simulated.flatMap(({ mesh }) =>
    matchesFor(mesh, request).flatMap(({ headers }) => {
      const own = Object.entries(headers).filter(([name]) => hidden.has(name.toLowerCase()))
      const given = own.map(([name, match]) => [name.toLowerCase(), exampleOf(match)] as const)
      return own.length === 0 || given.some(([, value]) => value === undefined)
        ? []
        : [
            {
              ...request,
              headers: { ...request.headers, ...(Object.fromEntries(given) as Record<string, string>) },
            },
          ]
    }),
  )
  return distinct(request, variants)
}

/** The request, and one for each condition that rules and policies of the two meshes have for it. */
export function formsByConditions(
  simulated: readonly Pick<SimulatedMesh, 'mesh'>[],
  request: RoutingRequest,
): Forms {
  return distinct(
    request,
    simulated.flatMap(({ mesh }) => [
      ...matchesFor(mesh, request).flatMap(match => satisfy(request, match) ?? []),
      ...operationsOf(mesh).flatMap(({ methods, paths }) =>
        (methods.length === 0 ? [request.method] : methods).flatMap(method =>
          (paths.length === 0 ? [request.path] : paths).map(path => ({ ...request, method, path })),
        ),
      ),
    ]),
  )
}

/** The matches of every rule that may see the request, those of delegates included. */
function matchesFor(mesh: Mesh, { host, from }: RoutingRequest): readonly HttpMatch[] {
  const names = [host.toLowerCase(), `${host.toLowerCase()}.${from.namespace}.svc.${mesh.clusterDomain}`]
  return mesh.virtualServices
    .filter(({ hosts }) => hosts.length === 0 || hosts.some(own => names.some(name => hostCovers(own, name))))
    .flatMap(({ http }) => http.flatMap(({ matches }) => matches))
}

/** A request that a match takes, by its own conditions; undefined where only a regular expression would tell. */
export function satisfy(request: RoutingRequest, match: HttpMatch): RoutingRequest | undefined {
  const { uri, method, authority, headers, queryParams } = match
  const path = uri === undefined ? request.path : exampleOf(uri)
  const verb = method === undefined ? request.method : exampleOf(method)
  const host = authority === undefined ? request.host : exampleOf(authority)
  const pairs = (conditions: Readonly<Record<string, TextMatch>>): readonly (readonly [string, string])[] =>
    Object.entries(conditions).flatMap(([name, condition]) => {
      const value = exampleOf(condition)
      return value === undefined ? [] : [[name, value] as const]
    })
  const [ownHeaders, ownParameters] = [pairs(headers), pairs(queryParams)]
  if (path === undefined || verb === undefined || host === undefined) return undefined
  if (ownHeaders.length < Object.keys(headers).length) return undefined
  if (ownParameters.length < Object.keys(queryParams).length) return undefined
  const query = ownParameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return {
    ...request,
    method: verb,
    host,
    path: `${path.startsWith('/') ? '' : '/'}${path}${query === '' ? '' : `?${query}`}`,
    headers: {
      ...request.headers,
      ...Object.fromEntries(ownHeaders.map(([name, value]) => [name.toLowerCase(), value])),
    },
  }
}

function exampleOf(match: TextMatch): string | undefined {
  if (match.kind === 'present') return 'x'
  return match.kind === 'regex' ? undefined : match.value
}

/** The methods and paths that policies tell apart; `*` at either end of a path stands for anything. */
const operationsOf = (
  mesh: Mesh,
): readonly { readonly methods: readonly string[]; readonly paths: readonly string[] }[] =>
  mesh.authorizationPolicies
    .flatMap(({ rules }) => rules.flatMap(({ to }) => to))
    .map(operation => ({
      methods: [...textsOf(operation['methods']), ...textsOf(operation['notMethods'])].filter(
        method => !method.includes('*'),
      ),
      paths: [...textsOf(operation['paths']), ...textsOf(operation['notPaths'])]
        .filter(path => !path.includes('{'))
        .map(path => `/${path.replace(/^\*?\/?/, '').replace(/\*$/, 'x')}`),
    }))
