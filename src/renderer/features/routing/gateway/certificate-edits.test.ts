import { expect, test } from 'vitest'
import { applyEditToValue } from '../../../../domain/edits/apply-edit.ts'
import { certificateEdits, listCertificatePlaces, type GatewayApi } from './certificate-edits.ts'

const istio = {
  spec: {
    servers: [
      { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] },
      { port: { number: 443, name: 'https', protocol: 'HTTPS' }, hosts: ['shop/*.example.com', '*'] },
    ],
  },
}
const gatewayApi = {
  spec: {
    listeners: [
      { name: 'http', port: 80, protocol: 'HTTP' },
      { name: 'https', port: 443, protocol: 'HTTPS', hostname: 'shop.example.com' },
    ],
  },
}

test.each([
  ['istio', istio, ['HTTPS on port 443', 'A new server on port 443'], ['*.example.com']],
  ['gateway-api', gatewayApi, ['HTTPS on port 443', 'A new listener on port 443'], ['shop.example.com']],
  ['istio', undefined, ['A new server on port 443'], []],
] as const)('the places of %s', (api, value, labels, hosts) => {
  const places = listCertificatePlaces(value, api)
  expect(places.map(({ label }) => label)).toEqual(labels)
  expect(places[0]?.hosts).toEqual(hosts)
})

const after = (
  value: unknown,
  api: GatewayApi,
  index: number | undefined,
  hosts: readonly string[],
): unknown => certificateEdits(value, api, { index }, 'cert', hosts).reduce<unknown>(applyEditToValue, value)

test('a server and a listener that are there serve the Secret', () => {
  expect(after(istio, 'istio', 1, [])).toMatchObject({
    spec: { servers: [{}, { tls: { mode: 'SIMPLE', credentialName: 'cert' } }] },
  })
  expect(after(gatewayApi, 'gateway-api', 1, [])).toMatchObject({
    spec: { listeners: [{}, { tls: { mode: 'Terminate', certificateRefs: [{ name: 'cert' }] } }] },
  })
})

test('a new one is added behind the others', () => {
  expect(after(istio, 'istio', undefined, ['a.example.com'])).toMatchObject({
    spec: { servers: [{}, {}, { port: { number: 443 }, hosts: ['a.example.com'] }] },
  })
  expect(after(gatewayApi, 'gateway-api', undefined, ['a.example.com'])).toMatchObject({
    spec: { listeners: [{}, {}, { name: 'https', hostname: 'a.example.com' }] },
  })
})
