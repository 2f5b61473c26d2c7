import { isWildcard } from '../host-name.ts'
import type { Fields } from '../fields/read-fields.ts'
import { fieldsOf, listOf, numberOf, optionalFields, textOf, textsOf } from '../fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { validateAddresses, validateEndpoints } from './validate-endpoints.ts'
import {
  explainHost,
  hasItems,
  isDnsLabel,
  validateExportTo,
  validateLabels,
  validatePort,
} from './validate-fields.ts'
import type { Report } from './validate-objects.ts'

const protocols = new Set(
  'HTTP HTTP2 HTTP_PROXY HTTPS TLS GRPC GRPC-WEB GRPC-WEB MONGO REDIS MYSQL TCP UDP HBONE DOUBLE-HBONE'.split(
    ' ',
  ),
)
const isProtocol = (text: string): boolean => protocols.has(text.toUpperCase())
const isHttp = (text: string): boolean => /^(HTTP|HTTP2|GRPC|GRPC-WEB|HTTP_PROXY)$/i.test(text)
const isTls = (text: string): boolean => /^(HTTPS|TLS)$/i.test(text)

/** `ValidateGateway`. */
export function validateGateway(object: KubernetesObject, report: Report): void {
  if (!isDnsLabel(object.metadata.name)) report('metadata.name', "a gateway's name has no dots or capitals")
  const servers = listOf(fieldsOf(object.spec)['servers'])
  if (servers.length === 0) report('spec.servers', 'a gateway needs a server')
  const names = new Set<string>()
  for (const [index, item] of servers.entries()) {
    const path = `spec.servers[${String(index)}]`
    const server = fieldsOf(item)
    const name = textOf(fieldsOf(server['port'])['name'])
    if (name !== undefined && names.has(name))
      report(`${path}.port.name`, `the port name "${name}" is there twice`)
    if (name !== undefined) names.add(name)
    validateServer(report, path, server)
  }
}

function validateServer(report: Report, path: string, server: Fields): void {
  const hosts = textsOf(server['hosts'])
  if (hosts.length === 0) report(`${path}.hosts`, 'a server needs a host')
  for (const host of hosts) validateScopedHost(report, `${path}.hosts`, host, true)
  const port = optionalFields(server['port'])
  if (port === undefined) {
    report(`${path}.port`, 'a port is needed')
    return
  }
  const protocol = textOf(port['protocol']) ?? ''
  if (!isProtocol(protocol)) report(`${path}.port.protocol`, `"${protocol}" is not a protocol`)
  validatePort(report, `${path}.port.number`, port['number'])
  if (textOf(port['name']) === undefined) report(`${path}.port.name`, 'the port needs a name')
  if ((numberOf(port['targetPort']) ?? 0) > 0)
    report(`${path}.port.targetPort`, 'gateways have no target ports')
  validateServerTls(report, `${path}.tls`, optionalFields(server['tls']), protocol)
}

function validateServerTls(report: Report, path: string, tls: Fields | undefined, protocol: string): void {
  if (tls === undefined) {
    if (isTls(protocol)) report(path, `a server for ${protocol} needs TLS settings`)
    return
  }
  const has = (field: string): boolean => textOf(tls[field]) !== undefined
  const mode = textOf(tls['mode']) ?? 'PASSTHROUGH'
  if (!isTls(protocol) && (!isHttp(protocol) || mode !== 'PASSTHROUGH' || has('serverCertificate')))
    report(path, `a server for ${protocol} cannot have TLS settings other than a redirect`)
  const sources = [has('serverCertificate') && has('privateKey'), has('credentialName')].filter(
    Boolean,
  ).length
  if (sources > 1) report(path, 'the certificate is named in more than one way')
  if (mode === 'ISTIO_MUTUAL') {
    for (const field of ['serverCertificate', 'privateKey', 'caCertificates', 'credentialName'])
      if (has(field)) report(`${path}.${field}`, `ISTIO_MUTUAL takes no ${field}`)
    return
  }
  if (!/^(SIMPLE|MUTUAL|OPTIONAL_MUTUAL)$/.test(mode)) return
  if (has('credentialName') || hasItems(tls['credentialNames'])) return
  if (mode !== 'SIMPLE' && !has('caCertificates'))
    report(`${path}.caCertificates`, `${mode} needs a CA bundle`)
  if (hasItems(tls['tlsCertificates'])) return
  for (const field of ['serverCertificate', 'privateKey'])
    if (!has(field)) report(`${path}.${field}`, `${mode} needs a ${field}`)
}

/** `namespace/host` of a Gateway's server or a Sidecar's egress. */
function validateScopedHost(report: Report, path: string, text: string, isGateway: boolean): void {
  const slash = text.indexOf('/')
  if (slash < 0 && !isGateway) {
    report(path, `"${text}" is not a namespace and a host`)
    return
  }
  const host = text.slice(slash + 1)
  const written = slash < 0 ? '*' : text.slice(0, slash)
  const namespace = isGateway ? written : written.replace(/^~/, '')
  const isNamespace = namespace === '*' || namespace === '.' || isDnsLabel(namespace)
  if (!isNamespace && !(namespace === '' && written === '~')) report(path, `"${written}" is not a namespace`)
  const problem = host === '*' ? undefined : explainHost(host)
  if (problem !== undefined) report(path, `the host ${problem}`)
}

/** `ValidateDestinationRule`. */
export function validateDestinationRule(object: KubernetesObject, report: Report): void {
  const spec = fieldsOf(object.spec)
  const problem = explainHost(textOf(spec['host']) ?? '')
  if (problem !== undefined) report('spec.host', `the host ${problem}`)
  const names = new Set<string>()
  for (const [index, item] of listOf(spec['subsets']).entries()) {
    const path = `spec.subsets[${String(index)}]`
    const name = textOf(fieldsOf(item)['name']) ?? ''
    if (!isDnsLabel(name)) report(`${path}.name`, `"${name}" is not a subset's name`)
    if (names.has(name)) report(`${path}.name`, `the subset "${name}" is there twice`)
    names.add(name)
    validateLabels(report, `${path}.labels`, fieldsOf(item)['labels'])
  }
  const namespace = object.metadata.namespace ?? 'default'
  validateExportTo(report, namespace, spec)
  const exported = textsOf(spec['exportTo'])
  const isOwn = exported.every(name => name === '.' || name === namespace)
  if (optionalFields(spec['workloadSelector']) !== undefined && !isOwn)
    report('spec.exportTo', 'a rule with a workloadSelector is for its own namespace only')
}

/** `ValidateServiceEntry`. */
export function validateServiceEntry(object: KubernetesObject, report: Report): void {
  const spec = fieldsOf(object.spec)
  const hosts = textsOf(spec['hosts'])
  const endpoints = listOf(spec['endpoints'])
  const ports = listOf(spec['ports']).map(fieldsOf)
  const resolution = textOf(spec['resolution']) ?? 'NONE'
  if (hosts.length === 0) report('spec.hosts', 'a ServiceEntry needs a host')
  for (const host of hosts) {
    const problem = host === '*' ? 'is a wildcard alone' : explainHost(host)
    if (problem !== undefined) report('spec.hosts', `the host ${problem}`)
  }
  if (optionalFields(spec['workloadSelector']) !== undefined && endpoints.length > 0)
    report('spec.endpoints', 'workloadSelector and endpoints exclude each other')
  const hasRange = textsOf(spec['addresses']).some(address => address.includes('/'))
  if (hasRange && resolution !== 'NONE' && resolution !== 'STATIC')
    report('spec.addresses', 'ranges of addresses are for the resolutions NONE and STATIC')
  validateAddresses(report, spec)
  validateEntryPorts(report, ports)
  validateEndpoints(report, spec, resolution)
  if (resolution === 'NONE' && endpoints.length > 0)
    report('spec.endpoints', 'the resolution NONE takes no endpoints')
  if (resolution.startsWith('DNS')) {
    const wide = hosts.find(host => isWildcard(host))
    if (endpoints.length === 0 && wide !== undefined)
      report('spec.hosts', `"${wide}" has no address to look up; name endpoints`)
    if (resolution === 'DNS_ROUND_ROBIN' && endpoints.length > 1)
      report('spec.endpoints', 'DNS_ROUND_ROBIN takes one endpoint')
  }
  if (resolution === 'DYNAMIC_DNS') validateDynamic(report, spec, hosts, ports)
  const isNamed = (protocol: string): boolean => isHttp(protocol) || isTls(protocol)
  if (
    resolution !== 'NONE' &&
    hosts.length > 1 &&
    !ports.every(port => isNamed(textOf(port['protocol']) ?? ''))
  )
    report('spec.hosts', 'several hosts need ports whose protocol names the host: HTTP or TLS')
  validateExportTo(report, object.metadata.namespace ?? 'default', spec, true)
}

function validateEntryPorts(report: Report, ports: readonly Fields[]): void {
  const names = new Set<string>()
  const numbers = new Set<number>()
  for (const [index, port] of ports.entries()) {
    const path = `spec.ports[${String(index)}]`
    const name = textOf(port['name']) ?? ''
    const number = numberOf(port['number']) ?? 0
    if (!isDnsLabel(name)) report(`${path}.name`, `"${name}" is not a port's name`)
    if (names.has(name)) report(`${path}.name`, `the port name "${name}" is there twice`)
    if (numbers.has(number)) report(`${path}.number`, `the port ${String(number)} is there twice`)
    names.add(name)
    numbers.add(number)
    validatePort(report, `${path}.number`, number)
    if ((numberOf(port['targetPort']) ?? 0) !== 0)
      validatePort(report, `${path}.targetPort`, port['targetPort'])
    const protocol = textOf(port['protocol'])
    if (protocol !== undefined && !isProtocol(protocol))
      report(`${path}.protocol`, `"${protocol}" is not a protocol`)
  }
}

function validateDynamic(
  report: Report,
  spec: Fields,
  hosts: readonly string[],
  ports: readonly Fields[],
): void {
  if (!hosts.every(isWildcard)) report('spec.hosts', 'DYNAMIC_DNS is for wildcard hosts')
  for (const field of ['addresses', 'endpoints'])
    if (hasItems(spec[field])) report(`spec.${field}`, `DYNAMIC_DNS takes no ${field}`)
  if (!ports.every(port => /^(HTTP|TLS|GRPC|HTTP2)$/i.test(textOf(port['protocol']) ?? '')))
    report('spec.ports', 'DYNAMIC_DNS is for HTTP, HTTP2, GRPC and TLS')
}

/** `ValidateSidecar`, for what a caller sees. */
export function validateSidecar(object: KubernetesObject, report: Report): void {
  const spec = fieldsOf(object.spec)
  const egress = listOf(spec['egress']).map(fieldsOf)
  const settings = ['egress', 'ingress', 'outboundTrafficPolicy', 'inboundConnectionPool']
  if (!settings.some(field => spec[field] !== undefined && spec[field] !== null))
    report('spec', 'a Sidecar needs ingress, egress or a policy')
  const taken = new Set<number>()
  for (const [index, listener] of egress.entries()) {
    const path = `spec.egress[${String(index)}]`
    const port = optionalFields(listener['port'])
    const number = numberOf(port?.['number']) ?? 0
    if (port === undefined && index < egress.length - 1)
      report(`${path}.port`, 'only the last listener may be without a port')
    if (port !== undefined && taken.has(number))
      report(`${path}.port.number`, 'the port has a listener already')
    if (port !== undefined) taken.add(number)
    const hosts = textsOf(listener['hosts'])
    if (hosts.length === 0) report(`${path}.hosts`, 'a listener needs a host')
    for (const host of hosts) validateScopedHost(report, `${path}.hosts`, host, false)
  }
}
