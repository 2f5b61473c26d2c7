import type { Caller, RoutingRequest } from '../../src/domain/routing/request.ts'
import type { KnownServer } from './generate-gateways.ts'
import type { KnownService } from './generate-services.ts'
import type { Random } from './random.ts'
import { externalHosts, headerNames, parameters, paths, values } from './world.ts'

/** A request, and the route configurations that its listener may use: the first that the proxy has. */
export interface GeneratedRequest {
  readonly request: RoutingRequest
  readonly routes: readonly string[]
}

export function generateSidecarRequest(
  random: Random,
  from: Caller,
  known: readonly KnownService[],
): GeneratedRequest {
  const isMeantUnknown = random.isTrue(0.1)
  const service = random.pick(known)
  const ports = service.ports.filter(port => port.isHttp)
  // A port of bytes has a listener of its own, which routes do not tell.
  const isUnknown = isMeantUnknown || ports.length === 0
  const port = isUnknown ? { number: random.pick([80, 8080]), isDetected: false } : random.pick(ports)
  const host = isUnknown
    ? random.pick([
        'unknown.org',
        'y.example.com',
        'deep.api.example.com',
        ...externalHosts.filter(name => !name.startsWith('*')),
      ])
    : nameOf(random, service, from.namespace)
  // A ServiceEntry may share a Service's host, whose port is detected at an address of its own.
  const isDetected = !isUnknown && !service.host.includes('*')
  return {
    request: {
      from,
      host: withPort(random, host, port.number),
      port: port.number,
      tls: 'none',
      ...content(random),
    },
    routes: [
      ...(isDetected ? [`${service.listenerHost ?? service.host}:${String(port.number)}`] : []),
      String(port.number),
    ],
  }
}

/** A name by which the service is called: one that the cluster's DNS resolves for the caller. */
function nameOf(random: Random, service: KnownService, namespace: string): string {
  if (!service.host.endsWith('.cluster.local')) return service.host.replace('*', random.pick(['a', 'x.y']))
  // A ServiceEntry of a Service's host has no other names.
  if (service.name === service.host) return service.host
  const all = [
    service.host,
    `${service.name}.${service.namespace}`,
    `${service.name}.${service.namespace}.svc`,
  ]
  if (service.namespace === namespace) all.push(service.name, service.name)
  if (service.address !== undefined) all.push(service.address)
  const name = random.pick(all)
  return random.isTrue(0.05) ? name.toUpperCase() : name
}

const withPort = (random: Random, host: string, port: number): string =>
  random.isTrue(0.1) ? `${host}:${String(port)}` : host

export function generateGatewayRequest(
  random: Random,
  from: Caller,
  servers: readonly KnownServer[],
): GeneratedRequest {
  const server = random.pick(servers)
  const pattern = random.pick(
    random.isTrue(0.9) || server.isTls ? server.hosts : ['a.com', 'b.com', 'x.a.com', 'y.z.org'],
  )
  const host =
    pattern === '*'
      ? random.pick(['a.com', 'other.org', 'shop.b.com', 'www.example.com'])
      : pattern.replace('*', random.pick(['x', 'shop', 'a.b']))
  return {
    request: {
      from,
      host: withPort(random, host, server.port),
      port: server.port,
      tls: server.isTls ? 'simple' : 'none',
      ...(server.isTls ? { sni: host } : {}),
      ...content(random),
    },
    routes: [server.route],
  }
}

function content(random: Random): Pick<RoutingRequest, 'method' | 'path' | 'headers' | 'scheme'> {
  const path = random.pick([
    ...paths,
    '/api/v1/items',
    '/login/',
    '/api/../login',
    '/%61pi',
    '//api',
    '/x/..//api',
    '/api%2Fv1',
    '/api%2f..%5Clogin',
    '/static/./%2e%2E/api/v1',
    '/api\\..\\login',
    '/b/c/d',
    '/API/x',
  ])
  const query = random.maybe(0.25, () => ({
    text: random
      .sample([...parameters, 'z'], 1 + random.below(2))
      .map(name => (random.isTrue(0.2) ? name : `${name}=${random.pick(values)}`))
      .join('&'),
  }))
  const headers: Record<string, string> = Object.fromEntries(
    random
      .sample(headerNames, random.below(4))
      .map(name => [name.toLowerCase(), random.pick(values.filter(value => value !== ''))]),
  )
  if (random.next() < 0.08) {
    headers['origin'] = random.pick(['https://a.example', 'https://b.example'])
    if (random.next() < 0.8) headers['access-control-request-method'] = 'GET'
    return { scheme: 'http', method: 'OPTIONS', path, headers }
  }
  return {
    scheme: 'http',
    method: random.pick(['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE']),
    path: 'text' in query ? `${path}?${query.text}` : path,
    headers,
  }
}
