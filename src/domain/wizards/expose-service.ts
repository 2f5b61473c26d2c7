import type { Gateway } from '../istio/gateway.ts'
import { hostCovers } from '../istio/host-name.ts'
import { listOf } from '../istio/fields/read-fields.ts'
import { valueAt } from '../yaml/path.ts'
import type { AnswerReader } from './answer-reader.ts'
import { serviceField } from './common-fields.ts'
import { defineWizard } from './define-wizard.ts'
import type { PlannedTexts } from './planned-texts.ts'
import { findServiceNamed, meshOf } from './service-options.ts'
import { freeName, hostFor, newIstioObject, openDefaultRule } from './routing-texts.ts'
import type { WizardField, WizardWorld } from './wizard.ts'

export const NEW_GATEWAY = 'new'

/** Asks for a Gateway that is there, or a new one. */
export function gatewayField({ objects }: WizardWorld): WizardField {
  const gateways = meshOf(objects).gateways.map(({ namespace, name }) => `${namespace}/${name}`)
  return {
    name: 'gateway',
    kind: 'choice',
    label: 'Gateway',
    default: gateways[0] ?? NEW_GATEWAY,
    options: [
      ...gateways.map(value => ({ value, label: value })),
      { value: NEW_GATEWAY, label: 'A new Gateway' },
    ],
  }
}

/** Reads a host name that clients use; `*` is every one. */
export function readHost(reader: AnswerReader): string {
  const host = reader.text('host').toLowerCase()
  if (host !== '' && !/^(?:\*|(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*)$/.test(host))
    reader.refuse('host', 'must be a name like shop.example.com, *.example.com or *')
  return host
}

export interface GatewayChoice {
  readonly gateway: Gateway | undefined
  readonly secret: string | undefined
}

/** Reads which Gateway; undefined is a new one. */
export function readGatewayChoice(reader: AnswerReader): GatewayChoice {
  const name = reader.text('gateway')
  const gateway = meshOf(reader.world.objects).gateways.find(one => `${one.namespace}/${one.name}` === name)
  if (gateway === undefined && name !== NEW_GATEWAY) reader.refuse('gateway', `names no Gateway: ${name}`)
  return { gateway, secret: gateway === undefined ? reader.optionalText('secret') : undefined }
}

/**
 * Lets a host through a Gateway and returns how a VirtualService in the namespace names it.
 * Source: https://istio.io/latest/docs/reference/config/networking/gateway/#Server (hosts, tls.credentialName).
 */
export function openGateway(
  texts: PlannedTexts,
  { gateway, secret }: GatewayChoice,
  host: string,
  namespace: string,
): string {
  if (gateway === undefined) {
    const name = freeName(texts, 'Gateway', namespace, 'public')
    const server =
      secret === undefined
        ? { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: [host] }
        : {
            port: { number: 443, name: 'https', protocol: 'HTTPS' },
            hosts: [host],
            tls: { mode: 'SIMPLE', credentialName: secret },
          }
    texts.create(
      newIstioObject('Gateway', namespace, name, {
        selector: { istio: 'ingressgateway' },
        servers: [server],
      }),
    )
    return name
  }
  const isLetThrough = gateway.servers.some(({ hosts }) =>
    hosts.some(pattern => hostCovers(pattern.slice(pattern.indexOf('/') + 1), host)),
  )
  if (!isLetThrough) {
    const open = texts.edit(gateway.object)
    const path = ['spec', 'servers', 0, 'hosts']
    const { length } = listOf(valueAt(texts.valueOf(open), path))
    texts.apply(open, { kind: 'insertItem', path, index: length, value: host })
  }
  return gateway.namespace === namespace ? gateway.name : `${gateway.namespace}/${gateway.name}`
}

/** Opens a Service to clients outside of the mesh. */
export const exposeService = defineWizard({
  id: 'expose-service',
  title: 'Expose a Service',
  explains: 'Lets clients outside the mesh reach a Service through a gateway.',
  fields: (world, answers) => {
    const gateway = gatewayField(world)
    const service = findServiceNamed(world.objects, answers['service'] ?? serviceField(world).default)
    return [
      serviceField(world),
      { name: 'host', kind: 'text', label: 'Host', default: `${service?.name ?? 'shop'}.example.com` },
      gateway,
      ...((answers['gateway'] ?? gateway.default) === NEW_GATEWAY ? [secretField] : []),
    ]
  },
  read: reader => ({
    service: reader.service('service'),
    host: readHost(reader),
    choice: readGatewayChoice(reader),
  }),
  write: ({ service, host, choice }, texts) => {
    if (service === undefined) return []
    const { namespace } = service
    const gatewayName = openGateway(texts, choice, host, namespace)
    const { gateway } = choice
    const bound =
      gateway &&
      meshOf(texts.world.objects).virtualServices.find(
        ({ hosts, gateways }) =>
          hosts.includes(host) && gateways.includes(`${gateway.namespace}/${gateway.name}`),
      )
    if (bound !== undefined) {
      const open = texts.edit(bound.object)
      const rule = openDefaultRule(texts, open, service)
      const value = [{ destination: { host: hostFor(open, service) } }]
      texts.apply(open, { kind: 'setPath', path: ['spec', 'http', rule.index, 'route'], value })
    } else {
      const name = freeName(texts, 'VirtualService', namespace, `${service.name}-public`)
      texts.create(
        newIstioObject('VirtualService', namespace, name, {
          hosts: [host],
          gateways: [gatewayName],
          http: [{ route: [{ destination: { host: service.name } }] }],
        }),
      )
    }
    return [`Requests for ${host} through the gateway ${gatewayName} go to ${service.name}`]
  },
})

export const secretField: WizardField = {
  name: 'secret',
  kind: 'text',
  label: 'Secret with the certificate',
  explains: 'In the namespace of the gateway’s pods. Left empty, the gateway speaks plain HTTP',
  isOptional: true,
}
