import type { Fields } from '../mesh/read-fields.ts'
import { fieldsOf, listOf, numberOf, optionalFields, textsOf } from '../mesh/read-fields.ts'
import { hostCovers } from '../mesh/host-name.ts'
import type { KubernetesObject } from '../resources/kubernetes-object.ts'
import {
  explainHost,
  hasItems,
  refuseExportTo,
  refuseGatewayNames,
  refuseHost,
  refuseLabels,
  refusePort,
} from './refuse-fields.ts'
import { refuseConnectionTargets, refuseHttpRule } from './refuse-http-rule.ts'
import type { Refuse } from './refusals.ts'

/** `ValidateVirtualService` in istio's pkg/config/validation/validation.go. */
export function refuseVirtualService(object: KubernetesObject, refuse: Refuse): void {
  const spec = fieldsOf(object.spec)
  const hosts = textsOf(spec['hosts'])
  const isDelegate = hosts.length === 0
  if (isDelegate)
    for (const field of ['gateways', 'tls', 'tcp'])
      if (hasItems(spec[field]))
        refuse(`spec.${field}`, `a delegate, which has no hosts, cannot have ${field}`)
  refuseGatewayNames(refuse, 'spec.gateways', spec['gateways'])
  refuseHosts(refuse, spec, hosts)
  if (!['http', 'tcp', 'tls'].some(field => hasItems(spec[field])))
    refuse('spec', 'there are no http, tls or tcp rules')
  for (const [index, item] of listOf(spec['http']).entries()) {
    const path = `spec.http[${String(index)}]`
    const rule = optionalFields(item)
    if (rule === undefined) refuse(path, 'the rule is empty')
    else refuseHttpRule(refuse, path, rule, isDelegate)
  }
  for (const [index, item] of listOf(spec['tls']).entries())
    refuseTlsRule(refuse, `spec.tls[${String(index)}]`, fieldsOf(item), hosts)
  for (const [index, item] of listOf(spec['tcp']).entries())
    refuseTcpRule(refuse, `spec.tcp[${String(index)}]`, fieldsOf(item))
  refuseExportTo(refuse, object.metadata.namespace ?? 'default', spec)
}

function refuseHosts(refuse: Refuse, spec: Fields, hosts: readonly string[]): void {
  const gateways = textsOf(spec['gateways'])
  const isForMesh = gateways.length === 0 || gateways.includes('mesh')
  for (const [index, host] of hosts.entries()) {
    const path = `spec.hosts[${String(index)}]`
    if (isForMesh && host === '*') refuse(path, '"*" is for gateways only, not for the mesh')
    else refuseHost(refuse, path, host)
    const earlier = hosts.slice(0, index).find(other => hostCovers(other, host) || hostCovers(host, other))
    if (earlier !== undefined) refuse(path, `"${host}" and "${earlier}" overlap`)
  }
}

function refuseTlsRule(refuse: Refuse, path: string, rule: Fields, hosts: readonly string[]): void {
  const matches = listOf(rule['match']).map(fieldsOf)
  if (matches.length === 0) refuse(`${path}.match`, 'a TLS rule needs a match')
  for (const [index, match] of matches.entries()) {
    const at = `${path}.match[${String(index)}]`
    const names = textsOf(match['sniHosts'])
    if (names.length === 0) refuse(`${at}.sniHosts`, 'a match needs a name')
    for (const name of names) {
      const problem = explainHost(name, true)
      if (problem !== undefined) refuse(`${at}.sniHosts`, `the name ${problem}`)
      else if (!hosts.some(host => hostCovers(host, name)))
        refuse(`${at}.sniHosts`, `"${name}" is not within the object's hosts`)
    }
    refuseConnectionMatch(refuse, at, match)
  }
  refuseConnectionRoute(refuse, path, rule)
}

function refuseTcpRule(refuse: Refuse, path: string, rule: Fields): void {
  for (const [index, match] of listOf(rule['match']).entries())
    refuseConnectionMatch(refuse, `${path}.match[${String(index)}]`, fieldsOf(match))
  refuseConnectionRoute(refuse, path, rule)
}

function refuseConnectionMatch(refuse: Refuse, path: string, match: Fields): void {
  if ((numberOf(match['port']) ?? 0) !== 0) refusePort(refuse, `${path}.port`, match['port'])
  refuseLabels(refuse, `${path}.sourceLabels`, match['sourceLabels'])
  refuseGatewayNames(refuse, `${path}.gateways`, match['gateways'])
}

function refuseConnectionRoute(refuse: Refuse, path: string, rule: Fields): void {
  if (!hasItems(rule['route'])) refuse(`${path}.route`, 'a route is needed')
  refuseConnectionTargets(refuse, `${path}.route`, rule['route'])
}
