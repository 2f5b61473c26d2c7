import type { Edit } from '../../../../domain/edits/edit.ts'
import { fieldsOf, listOf, numberOf, textOf, textsOf } from '../../../../domain/istio/fields/read-fields.ts'
import type { Path } from '../../../../domain/yaml/path.ts'

export type GatewayApi = 'istio' | 'gateway-api'

/** A place of a Gateway that a certificate can be for. */
export interface CertificatePlace {
  /** Index of the server or listener; undefined for a new one. */
  readonly index: number | undefined
  readonly label: string
  readonly hosts: readonly string[]
}

const tlsProtocols: ReadonlySet<string> = new Set(['HTTPS', 'TLS'])

/** `shop/*.example.com` names a namespace too; `*` is no name that a certificate can have. */
const hostOf = (host: string): readonly string[] => {
  const name = host.slice(host.indexOf('/') + 1)
  return name === '*' || name === '' ? [] : [name]
}

/** The servers or listeners that speak TLS, and a new one. */
export function listCertificatePlaces(value: unknown, api: GatewayApi): readonly CertificatePlace[] {
  const spec = fieldsOf(fieldsOf(value)['spec'])
  const items = listOf(spec[api === 'istio' ? 'servers' : 'listeners']).map((item, index) => {
    const fields = fieldsOf(item)
    const port = api === 'istio' ? fieldsOf(fields['port']) : fields
    const number = numberOf(port[api === 'istio' ? 'number' : 'port'])
    const protocol = textOf(port['protocol']) ?? ''
    const written = api === 'istio' ? textsOf(fields['hosts']) : textsOf([fields['hostname']])
    return {
      index,
      protocol,
      label: `${protocol} on port ${String(number ?? '–')}`,
      hosts: written.flatMap(hostOf),
    }
  })
  const all = [...new Set(items.flatMap(({ hosts }) => hosts))]
  return [
    ...items.filter(({ protocol }) => tlsProtocols.has(protocol)),
    { index: undefined, label: `A new ${api === 'istio' ? 'server' : 'listener'} on port 443`, hosts: all },
  ]
}

/** Makes a Gateway serve the certificate of a Secret. */
export function certificateEdits(
  value: unknown,
  api: GatewayApi,
  place: Pick<CertificatePlace, 'index'>,
  secretName: string,
  hosts: readonly string[],
): readonly Edit[] {
  const list: Path = ['spec', api === 'istio' ? 'servers' : 'listeners']
  const { length } = listOf(fieldsOf(fieldsOf(value)['spec'])[api === 'istio' ? 'servers' : 'listeners'])
  if (place.index === undefined)
    return [
      {
        kind: 'insertItem',
        path: list,
        index: length,
        value:
          api === 'istio'
            ? {
                port: { number: 443, name: 'https', protocol: 'HTTPS' },
                tls: { mode: 'SIMPLE', credentialName: secretName },
                hosts,
              }
            : {
                name: 'https',
                port: 443,
                protocol: 'HTTPS',
                // A listener has one name; of several, it takes those that routes ask for.
                ...(hosts.length === 1 ? { hostname: hosts[0] } : {}),
                tls: { mode: 'Terminate', certificateRefs: [{ name: secretName }] },
              },
      },
    ]
  const tls: Path = [...list, place.index, 'tls']
  return api === 'istio'
    ? [
        { kind: 'setPath', path: [...tls, 'mode'], value: 'SIMPLE' },
        { kind: 'setPath', path: [...tls, 'credentialName'], value: secretName },
      ]
    : [
        { kind: 'setPath', path: [...tls, 'mode'], value: 'Terminate' },
        { kind: 'setPath', path: [...tls, 'certificateRefs'], value: [{ name: secretName }] },
      ]
}
