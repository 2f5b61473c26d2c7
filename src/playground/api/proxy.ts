import { request as requestHttp, type IncomingHttpHeaders } from 'node:http'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { listOf, objectOf, textOf, valueAt } from '../objects/json.ts'
import { badRequest, notFound } from '../objects/status-error.ts'
import type { ObjectStore } from '../store.ts'
import type { Workloads } from '../workloads.ts'
import type { Answer, ApiRequest } from './exchange.ts'
import type { Target } from './read-objects.ts'
import { unavailable } from './refusals.ts'

const PODS = { group: '', plural: 'pods' }
const SERVICES = { group: '', plural: 'services' }

/** `http:web:8080`, `web:http`, `web`: what stands where a name would. */
export function splitProxyName(text: string): { readonly name: string; readonly port: string } {
  const parts = text.split(':')
  const [first = '', second = '', third = ''] = parts
  if (parts.length === 1) return { name: first, port: '' }
  if (parts.length === 2) return { name: first, port: second }
  if (parts.length === 3 && ['http', 'https', ''].includes(first)) return { name: second, port: third }
  throw badRequest(`invalid name ${JSON.stringify(text)}`)
}

interface Backend {
  readonly pod: KubernetesObject
  readonly port: number
}

const portsOf = (pod: KubernetesObject): readonly unknown[] =>
  listOf(valueAt(pod.spec, 'containers')).flatMap(container => listOf(valueAt(container, 'ports')))

function podBackend(store: ObjectStore, namespace: string | undefined, text: string): Backend {
  const { name, port } = splitProxyName(text)
  const pod = store.get(PODS, namespace, name)
  if (!pod) throw notFound(PODS, name)
  const first = valueAt(portsOf(pod)[0], 'containerPort')
  return { pod, port: port === '' ? (typeof first === 'number' ? first : 80) : Number(port) }
}

const isReady = (pod: KubernetesObject): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  listOf(valueAt(pod.status, 'conditions')).some(
    condition => valueAt(condition, 'type') === 'Ready' && valueAt(condition, 'status') === 'True',
  )

/** A target port is a number, or the name of one of the pod's ports. */
function targetPortOf(servicePort: unknown, pod: KubernetesObject): number | undefined {
  const target = valueAt(servicePort, 'targetPort') ?? valueAt(servicePort, 'port')
  if (typeof target === 'number') return target
  const named = portsOf(pod).find(port => valueAt(port, 'name') === target)
  const number = valueAt(named, 'containerPort')
  return typeof number === 'number' ? number : undefined
}

function serviceBackend(store: ObjectStore, namespace: string | undefined, text: string): Backend {
  const { name, port } = splitProxyName(text)
  const service = store.get(SERVICES, namespace, name)
  if (!service) throw notFound(SERVICES, name)
  const ports = listOf(valueAt(service.spec, 'ports'))
  const servicePort =
    port === ''
      ? ports[0]
      : ports.find(item => valueAt(item, 'name') === port || String(valueAt(item, 'port')) === port)
  const selector = Object.entries(objectOf(valueAt(service.spec, 'selector')))
  const pods =
    selector.length === 0 || servicePort === undefined
      ? []
      : store
          .list(PODS, namespace)
          .filter(
            pod => isReady(pod) && selector.every(([key, value]) => pod.metadata.labels?.[key] === value),
          )
  for (const pod of pods) {
    const target = targetPortOf(servicePort, pod)
    if (target !== undefined) return { pod, port: target }
  }
  throw unavailable(`no endpoints available for service ${JSON.stringify(text)}`)
}

// These belong to one connection and are not passed on. Source: RFC 9110, 7.6.1; `:` begins those of HTTP/2.
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'authorization',
])

const passedOn = (headers: IncomingHttpHeaders): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name.startsWith(':') || HOP_BY_HOP.has(name) ? [] : [[name, value]],
    ),
  )

/** `…/pods/NAME:PORT/proxy/PATH` and `…/services/NAME:PORT/proxy/PATH`. */
export async function proxy(
  { store, workloads }: { readonly store: ObjectStore; readonly workloads: Workloads },
  request: ApiRequest,
  { type, namespace, name = '' }: Target,
): Promise<Answer> {
  const { pod, port } =
    type.plural === 'pods' ? podBackend(store, namespace, name) : serviceBackend(store, namespace, name)
  const address = `${textOf(valueAt(pod.status, 'podIP'))}:${port}`
  const connection = workloads.connect(pod, port)
  if (!connection)
    throw unavailable(`error trying to reach service: dial tcp ${address}: connect: connection refused`)
  const query = request.query.toString()
  // `/api/v1/namespaces/NAMESPACE/pods/NAME/proxy/` comes before.
  const after = request.rawPath.split('/').slice(8).join('/')
  return new Promise<Answer>((resolve, reject) => {
    const outgoing = requestHttp({
      method: request.method,
      path: `/${after}` + (query === '' ? '' : `?${query}`),
      headers: { ...passedOn(request.headers), host: address, connection: 'close' },
      createConnection: () => connection,
      signal: request.signal,
    })
    outgoing.on('response', response => {
      resolve({ status: response.statusCode ?? 502, headers: passedOn(response.headers), body: response })
    })
    outgoing.on('error', error => reject(unavailable(`error trying to reach service: ${error.message}`)))
    request.body.pipe(outgoing)
  })
}
