import type { Fields } from '../fields/read-fields.ts'
import { fieldsOf, listOf, numberOf, optionalFields, textsOf } from '../fields/read-fields.ts'
import { hostCovers } from '../host-name.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import {
  explainHost,
  hasItems,
  validateExportTo,
  validateGatewayNames,
  validateHost,
  validateLabels,
  validatePort,
} from './validate-fields.ts'
import { validateConnectionTargets, validateHttpRule } from './validate-http-rule.ts'
import type { Report } from './validate-objects.ts'

/** `ValidateVirtualService` in istio's pkg/config/validation/validation.go. */
export function validateVirtualService(object: KubernetesObject, report: Report): void {
  const spec = fieldsOf(object.spec)
  const hosts = textsOf(spec['hosts'])
  const isDelegate = hosts.length === 0
  if (isDelegate)
    for (const field of ['gateways', 'tls', 'tcp'])
      if (hasItems(spec[field]))
        report(`spec.${field}`, `a delegate, which has no hosts, cannot have ${field}`)
  validateGatewayNames(report, 'spec.gateways', spec['gateways'])
  validateHosts(report, spec, hosts)
  if (!['http', 'tcp', 'tls'].some(field => hasItems(spec[field])))
    report('spec', 'there are no http, tls or tcp rules')
  for (const [index, item] of listOf(spec['http']).entries()) {
    const path = `spec.http[${String(index)}]`
    const rule = optionalFields(item)
    if (rule === undefined) report(path, 'the rule is empty')
    else validateHttpRule(report, path, rule, isDelegate)
  }
  for (const [index, item] of listOf(spec['tls']).entries())
    validateTlsRule(report, `spec.tls[${String(index)}]`, fieldsOf(item), hosts)
  for (const [index, item] of listOf(spec['tcp']).entries())
    validateTcpRule(report, `spec.tcp[${String(index)}]`, fieldsOf(item))
  validateExportTo(report, object.metadata.namespace ?? 'default', spec)
}

function validateHosts(report: Report, spec: Fields, hosts: readonly string[]): void {
  const gateways = textsOf(spec['gateways'])
  const isForMesh = gateways.length === 0 || gateways.includes('mesh')
  for (const [index, host] of hosts.entries()) {
    const path = `spec.hosts[${String(index)}]`
    if (isForMesh && host === '*') report(path, '"*" is for gateways only, not for the mesh')
    else validateHost(report, path, host)
    const earlier = hosts.slice(0, index).find(other => hostCovers(other, host) || hostCovers(host, other))
    if (earlier !== undefined) report(path, `"${host}" and "${earlier}" overlap`)
  }
}

function validateTlsRule(report: Report, path: string, rule: Fields, hosts: readonly string[]): void {
  const matches = listOf(rule['match']).map(fieldsOf)
  if (matches.length === 0) report(`${path}.match`, 'a TLS rule needs a match')
  for (const [index, match] of matches.entries()) {
    const at = `${path}.match[${String(index)}]`
    const names = textsOf(match['sniHosts'])
    if (names.length === 0) report(`${at}.sniHosts`, 'a match needs a name')
    for (const name of names) {
      const problem = explainHost(name, true)
      if (problem !== undefined) report(`${at}.sniHosts`, `the name ${problem}`)
      else if (!hosts.some(host => hostCovers(host, name)))
        report(`${at}.sniHosts`, `"${name}" is not within the object's hosts`)
    }
    validateConnectionMatch(report, at, match)
  }
  validateConnectionRoute(report, path, rule)
}

function validateTcpRule(report: Report, path: string, rule: Fields): void {
  for (const [index, match] of listOf(rule['match']).entries())
    validateConnectionMatch(report, `${path}.match[${String(index)}]`, fieldsOf(match))
  validateConnectionRoute(report, path, rule)
}

function validateConnectionMatch(report: Report, path: string, match: Fields): void {
  if ((numberOf(match['port']) ?? 0) !== 0) validatePort(report, `${path}.port`, match['port'])
  validateLabels(report, `${path}.sourceLabels`, match['sourceLabels'])
  validateGatewayNames(report, `${path}.gateways`, match['gateways'])
}

function validateConnectionRoute(report: Report, path: string, rule: Fields): void {
  if (!hasItems(rule['route'])) report(`${path}.route`, 'a route is needed')
  validateConnectionTargets(report, `${path}.route`, rule['route'])
}
