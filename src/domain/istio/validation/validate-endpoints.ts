import { readAddress } from '../address.ts'
import type { Fields } from '../fields/read-fields.ts'
import { fieldsOf, listOf, textOf, textsOf } from '../fields/read-fields.ts'
import { explainHost, validateLabels, validatePort } from './validate-fields.ts'
import type { Report } from './validate-objects.ts'

const UNIX = 'unix://'

/** The endpoints of a ServiceEntry: `validateServiceEntryEndpoints` of istio's pkg/config/validation/validation.go. */
export function validateEndpoints(report: Report, spec: Fields, resolution: string): void {
  const ports = listOf(spec['ports']).map(fieldsOf)
  for (const [index, item] of listOf(spec['endpoints']).entries()) {
    const path = `spec.endpoints[${String(index)}]`
    const endpoint = fieldsOf(item)
    const address = textOf(endpoint['address']) ?? ''
    validateLabels(report, `${path}.labels`, endpoint['labels'])
    const own = Object.entries(fieldsOf(endpoint['ports']))
    for (const [name, port] of own) {
      if (!ports.some(item => item['name'] === name))
        report(`${path}.ports.${name}`, `the ServiceEntry has no port "${name}"`)
      validatePort(report, `${path}.ports.${name}`, port)
    }
    if (resolution === 'STATIC' && address.startsWith(UNIX)) {
      if (!/^[/@]/.test(address.slice(UNIX.length)))
        report(`${path}.address`, `"${address}" is no absolute path`)
      if (own.length > 0) report(`${path}.ports`, 'a socket has no ports')
      if (ports.length !== 1) report('spec.ports', 'a socket takes exactly one port')
    } else if (resolution === 'STATIC') {
      const isElsewhere = address === '' && textOf(endpoint['network']) !== undefined
      if (readAddress(address) === undefined && !isElsewhere)
        report(`${path}.address`, `"${address}" is no IP address, which the resolution STATIC needs`)
    } else if (resolution.startsWith('DNS') && !isNameOrAddress(address))
      report(`${path}.address`, `"${address}" is neither a domain name nor an IP address`)
  }
}

const isNameOrAddress = (address: string): boolean =>
  readAddress(address) !== undefined || (!address.startsWith('*') && explainHost(address) === undefined)

/** The addresses of a ServiceEntry: IP addresses and ranges of them. */
export function validateAddresses(report: Report, spec: Fields): void {
  for (const [index, written] of textsOf(spec['addresses']).entries()) {
    const [address = '', size, ...more] = written.split('/')
    const found = readAddress(address)
    const bits = size === undefined ? 0 : /^\d{1,3}$/.test(size) ? Number(size) : 129
    if (found === undefined || address.startsWith('[') || more.length > 0 || bits > found.bits)
      report(
        `spec.addresses[${String(index)}]`,
        `"${written}" is not an IP address or a range of them such as 10.0.0.0/16`,
      )
  }
}
