import type { Mesh } from '../istio/mesh.ts'
import { selects } from '../istio/named-object.ts'
import { fieldsOf, listOf, optionalFields, textOf } from '../istio/fields/read-fields.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { Check, Finding } from './check.ts'

/** KIA0302: a selector that selects no pod, where the pods are known. */
export const gatewaySelectors: Check = ({ mesh, isWholeCluster }) =>
  !isWholeCluster || mesh.pods.length === 0
    ? []
    : mesh.gateways.flatMap(({ kind, source, selector, object }): readonly Finding[] =>
        kind !== 'Gateway' ||
        source !== undefined ||
        Object.keys(selector).length === 0 ||
        hasProxy(mesh, selector)
          ? []
          : [
              {
                code: 'KIA0302',
                severity: 'warning',
                object,
                path: 'spec.selector',
                message: `No pod has the labels ${Object.entries(selector)
                  .map(([key, value]) => `${key}=${value}`)
                  .join(', ')}: no proxy serves this Gateway`,
              },
            ],
      )

const hasProxy = (mesh: Mesh, selector: Readonly<Record<string, string>>): boolean =>
  [...mesh.pods, ...mesh.templates].some(pod => selects(selector, pod.labels)) ||
  // Its proxies may be on their way: a Service for them is there.
  mesh.services.some(service => service.selector !== undefined && selects(selector, service.selector))

interface SecureListener {
  readonly path: string
  readonly port: unknown
  readonly host: string
  readonly certificate: string
}

/** MWB0108: browsers use one connection for hosts of one certificate, though another listener has the rules of the host. */
export const sharedCertificates: Check = ({ objects }) =>
  objects.flatMap((object): readonly Finding[] => {
    if (object.kind !== 'Gateway') return []
    const listeners =
      groupOf(object.apiVersion) === 'networking.istio.io'
        ? istioListeners(object)
        : standardListeners(object)
    return listeners.flatMap((listener, index): readonly Finding[] => {
      const earlier = listeners
        .slice(0, index)
        .find(
          other =>
            other.port === listener.port &&
            other.certificate === listener.certificate &&
            other.host !== listener.host,
        )
      return earlier === undefined
        ? []
        : [
            {
              code: 'MWB0108',
              severity: 'warning',
              object,
              path: listener.path,
              message: `${listener.host} and ${earlier.host} share certificate ${listener.certificate}, so that browsers use one connection for both: the server name of the connection chooses ${earlier.path} or ${listener.path}, and a request for the other host gets 404 there`,
            },
          ]
    })
  })

const istioListeners = ({ spec }: KubernetesObject): readonly SecureListener[] =>
  listOf(fieldsOf(spec)['servers'])
    .map(fieldsOf)
    .flatMap((server, index) => {
      const tls = fieldsOf(server['tls'])
      const certificate = textOf(tls['credentialName'])
      const port = fieldsOf(server['port'])
      return certificate === undefined || textOf(port['protocol'])?.toUpperCase() !== 'HTTPS'
        ? []
        : [
            {
              path: `spec.servers[${String(index)}]`,
              port: port['number'],
              host: listOf(server['hosts'])
                .filter(host => typeof host === 'string')
                .join(', '),
              certificate,
            },
          ]
    })

const standardListeners = ({ spec }: KubernetesObject): readonly SecureListener[] =>
  listOf(fieldsOf(spec)['listeners'])
    .map(fieldsOf)
    .flatMap((listener, index) => {
      const [reference] = listOf(fieldsOf(listener['tls'])['certificateRefs']).map(fieldsOf)
      const certificate = reference === undefined ? undefined : textOf(reference['name'])
      const isHttps = optionalFields(listener['tls']) !== undefined && listener['protocol'] === 'HTTPS'
      return certificate === undefined || !isHttps
        ? []
        : [
            {
              path: `spec.listeners[${String(index)}]`,
              port: listener['port'],
              host: textOf(listener['hostname']) ?? '*',
              certificate,
            },
          ]
    })
