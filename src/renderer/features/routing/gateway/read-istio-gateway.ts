import {
  fieldsOf,
  listOf,
  numberOf,
  textMapOf,
  textOf,
  textsOf,
  type Fields,
} from '../../../../domain/istio/fields/read-fields.ts'
import type { Mesh } from '../../../../domain/istio/mesh.ts'
import { selects } from '../../../../domain/istio/named-object.ts'
import type { Path } from '../../../../domain/yaml/path.ts'
import {
  chipOf,
  set,
  type Addition,
  type CardModel,
  type CardProblem,
  type ChipModel,
  type ObjectModel,
} from '../cards/object-model.ts'

/** An Istio Gateway: its servers as cards. */
export function readIstioGateway(value: unknown, mesh: Mesh): ObjectModel {
  const spec = fieldsOf(fieldsOf(value)['spec'])
  const selector = textMapOf(spec['selector'])
  const pods = mesh.pods.filter(pod => selects(selector, pod.labels)).length
  return {
    lines: [
      {
        path: ['spec'],
        lead: 'on the proxies with',
        none: 'any label',
        chips: Object.entries(selector).map(([key, label]): ChipModel => ({
          path: ['spec', 'selector', key],
          subject: '',
          name: key,
          verb: 'is',
          value: label,
        })),
        additions:
          spec['selector'] === undefined
            ? [set('Selector', ['spec', 'selector'], { istio: 'ingressgateway' })]
            : [],
      },
    ],
    texts: [],
    facts: [`${String(pods)} ${pods === 1 ? 'pod has' : 'pods have'} these labels`],
    problems:
      pods === 0
        ? [{ severity: 'warning', message: 'No pod has the labels of the selector: nothing listens' }]
        : [],
    sections: [
      {
        title: 'Servers',
        noun: 'server',
        path: ['spec', 'servers'],
        isOrdered: false,
        cards: listOf(spec['servers']).map((item, index) => readServer(fieldsOf(item), index)),
        example: { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] },
      },
    ],
  }
}

const tlsProtocols: ReadonlySet<string> = new Set(['HTTPS', 'TLS'])

function readServer(server: Fields, index: number): CardModel {
  const path: Path = ['spec', 'servers', index]
  const port = fieldsOf(server['port'])
  const tls = fieldsOf(server['tls'])
  const protocol = textOf(port['protocol']) ?? ''
  const number = numberOf(port['number'])
  return {
    path,
    index,
    title: textOf(server['name']) ?? textOf(port['name']) ?? `${protocol} ${String(number ?? '')}`.trim(),
    lines: [
      {
        path,
        lead: 'listens on',
        none: 'no port',
        chips: [
          ...chipOf([...path, 'port', 'number'], 'port', port['number']),
          ...chipOf([...path, 'port', 'protocol'], 'protocol', port['protocol']),
          ...chipOf([...path, 'port', 'name'], 'name', port['name']),
        ],
        additions:
          number === undefined
            ? [set('Port', [...path, 'port'], { number: 80, name: 'http', protocol: 'HTTP' })]
            : [],
      },
      {
        path: [...path, 'tls'],
        floor: path.length,
        lead: 'TLS',
        none: 'none',
        chips: [
          ...chipOf([...path, 'tls', 'mode'], 'mode', tls['mode']),
          ...chipOf([...path, 'tls', 'credentialName'], 'Secret', tls['credentialName']),
          ...chipOf([...path, 'tls', 'minProtocolVersion'], 'at least', tls['minProtocolVersion']),
          ...chipOf([...path, 'tls', 'httpsRedirect'], 'redirects to HTTPS', tls['httpsRedirect']),
        ],
        additions: tlsAdditions(tls, [...path, 'tls'], protocol),
      },
    ],
    texts: [
      {
        path: [...path, 'hosts'],
        noun: 'host',
        lead: 'hosts',
        values: textsOf(server['hosts']),
        placeholder: 'shop.example.com',
      },
    ],
    facts: [],
    problems: serverProblems(server, tls, protocol, path),
  }
}

function tlsAdditions(tls: Fields, path: Path, protocol: string): readonly Addition[] {
  if (protocol === 'HTTP')
    return tls['httpsRedirect'] === undefined
      ? [set('Redirect to HTTPS', [...path, 'httpsRedirect'], true)]
      : []
  return [
    ...(tls['mode'] === undefined ? [set('Mode', [...path, 'mode'], 'SIMPLE')] : []),
    ...(tls['credentialName'] === undefined
      ? [set('Secret with the certificate', [...path, 'credentialName'], 'gateway-certificate')]
      : []),
  ]
}

/** Source: https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings */
function serverProblems(server: Fields, tls: Fields, protocol: string, path: Path): readonly CardProblem[] {
  const problems: CardProblem[] = []
  if (textsOf(server['hosts']).length === 0)
    problems.push({
      severity: 'error',
      message: 'A server needs at least one host',
      fix: { title: 'Take every host', edits: [{ kind: 'setPath', path: [...path, 'hosts'], value: ['*'] }] },
    })
  if (!tlsProtocols.has(protocol)) return problems
  const mode = textOf(tls['mode'])
  if (server['tls'] === undefined)
    problems.push({
      severity: 'error',
      message: `A server of ${protocol} needs TLS settings`,
      fix: {
        title: 'Pass TLS through',
        edits: [{ kind: 'setPath', path: [...path, 'tls'], value: { mode: 'PASSTHROUGH' } }],
      },
    })
  else if ((mode === 'SIMPLE' || mode === 'MUTUAL') && !tls['credentialName'] && !tls['serverCertificate'])
    problems.push({
      severity: 'error',
      message: `TLS mode ${mode} needs a certificate`,
      fix: {
        title: 'Name the Secret gateway-certificate',
        edits: [{ kind: 'setPath', path: [...path, 'tls', 'credentialName'], value: 'gateway-certificate' }],
      },
    })
  return problems
}
