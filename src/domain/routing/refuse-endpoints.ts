import { readAddress } from '../mesh/address.ts'
import type { Fields } from '../mesh/read-fields.ts'
import { fieldsOf, listOf, textOf, textsOf } from '../mesh/read-fields.ts'
import { explainHost, refuseLabels, refusePort } from './refuse-fields.ts'
import type { Refuse } from './refusals.ts'

const UNIX = 'unix://'

/** The endpoints of a ServiceEntry: `validateServiceEntryEndpoints` of istio's pkg/config/validation/validation.go. */
export function refuseEndpoints(refuse: Refuse, spec: Fields, resolution: string): void {
  const ports = listOf(spec['ports']).map(fieldsOf)
  for (const [index, item] of listOf(spec['endpoints']).entries()) {
    const path = `spec.endpoints[${String(index)}]`
    const endpoint = fieldsOf(item)
    const address = textOf(endpoint['address']) ?? ''
    refuseLabels(refuse, `${path}.labels`, endpoint['labels'])
    const own = Object.entries(fieldsOf(endpoint['ports']))
    for (const [name, port] of own) {
      if (!ports.some(item => item['name'] === name))
        refuse(`${path}.ports.${name}`, `the ServiceEntry has no port "${name}"`)
      refusePort(refuse, `${path}.ports.${name}`, port)
    }
    if (resolution === 'STATIC' && address.startsWith(UNIX)) {
      if (!/^[/@]/.test(address.slice(UNIX.length)))
        refuse(`${path}.address`, `"${address}" is no absolute path`)
      if (own.length > 0) refuse(`${path}.ports`, 'a socket has no ports')
      if (ports.length !== 1) refuse('spec.ports', 'a socket takes exactly one port')
    } else if (resolution === 'STATIC') {
      const isElsewhere = address === '' && textOf(endpoint['network']) !== undefined
      if (readAddress(address) === undefined && !isElsewhere)
        refuse(`${path}.address`, `"${address}" is no IP address, which the resolution STATIC needs`)
    } else if (resolution.startsWith('DNS') && !isNameOrAddress(address))
      refuse(`${path}.address`, `"${address}" is neither a domain name nor an IP address`)
  }
}

const isNameOrAddress = (address: string): boolean =>
  readAddress(address) !== undefined || (!address.startsWith('*') && explainHost(address) === undefined)

/** The addresses of a ServiceEntry: IP addresses and ranges of them. */
export function refuseAddresses(refuse: Refuse, spec: Fields): void {
  for (const [index, written] of textsOf(spec['addresses']).entries()) {
    const [address = '', size, ...more] = written.split('/')
    const found = readAddress(address)
    const bits = size === undefined ? 0 : /^\d{1,3}$/.test(size) ? Number(size) : 129
    if (found === undefined || address.startsWith('[') || more.length > 0 || bits > found.bits)
      refuse(
        `spec.addresses[${String(index)}]`,
        `"${written}" is not an IP address or a range of them such as 10.0.0.0/16`,
      )
  }
}
