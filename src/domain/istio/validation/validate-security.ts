import { fieldsOf, listOf, optionalFields, textMapOf, textOf, textsOf } from '../fields/read-fields.ts'
import type { Fields } from '../fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import type { Report } from './validate-objects.ts'

/**
 * What istiod's webhook rejects of an AuthorizationPolicy, as far as the schema does not.
 * Source: `ValidateAuthorizationPolicy` in istio's pkg/config/validation/validation.go.
 */
export function validateAuthorizationPolicy({ spec }: KubernetesObject, report: Report): void {
  const fields = fieldsOf(spec)
  const action = textOf(fields['action']) ?? 'ALLOW'
  validateTargets(fields, report)
  if (listOf(fields['rules']).length === 0 && (action === 'DENY' || action === 'CUSTOM'))
    report(
      'spec.rules',
      `a policy with action ${action} and no rules never counts; {} is a rule for every request`,
    )
  const provider = textOf(fieldsOf(fields['provider'])['name'])
  if (action === 'CUSTOM' && provider === undefined)
    report('spec.provider', 'a policy with action CUSTOM names a provider')
  if (action !== 'CUSTOM' && fields['provider'] !== undefined)
    report('spec.provider', `only a policy with action CUSTOM has a provider, not one with ${action}`)
  for (const [index, item] of listOf(fields['rules']).entries())
    validateRule(fieldsOf(item), `spec.rules[${String(index)}]`, report)
}

function validateTargets(fields: Fields, report: Report): void {
  const targets = [fields['targetRef'], ...listOf(fields['targetRefs'])].filter(item => item !== undefined)
  if (targets.length > 0 && optionalFields(fields['selector']) !== undefined)
    report('spec.selector', 'a policy has a selector or targetRefs, not both')
}

function validateRule(rule: Fields, path: string, report: Report): void {
  for (const [list, inner] of [
    ['from', 'source'],
    ['to', 'operation'],
  ] as const) {
    for (const [index, item] of listOf(rule[list]).entries()) {
      const own = `${path}.${list}[${String(index)}]`
      const fields = optionalFields(fieldsOf(item)[inner])
      if (fields === undefined || Object.values(fields).every(value => listOf(value).length === 0))
        report(`${own}.${inner}`, `${inner} says nothing`)
      for (const name of ['ports', 'notPorts'])
        for (const port of textsOf(fields?.[name]))
          if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
            report(`${own}.${inner}.${name}`, `"${port}" is no port`)
    }
  }
  for (const [index, item] of listOf(rule['when']).entries()) {
    const { key, values, notValues } = fieldsOf(item)
    const own = `${path}.when[${String(index)}]`
    if (textOf(key) === undefined || key === '') report(`${own}.key`, 'a condition needs a key')
    if (listOf(values).length + listOf(notValues).length === 0)
      report(own, 'a condition needs values or notValues')
  }
}

/**
 * What istiod's webhook rejects of a PeerAuthentication.
 * Source: `ValidatePeerAuthentication` in the same file.
 */
export function validatePeerAuthentication({ spec }: KubernetesObject, report: Report): void {
  const fields = fieldsOf(spec)
  const ports = optionalFields(fields['portLevelMtls'])
  if (ports === undefined) return
  if (Object.keys(textMapOf(fieldsOf(fields['selector'])['matchLabels'])).length === 0)
    report('spec.portLevelMtls', 'portLevelMtls needs a selector: ports are those of workloads')
  for (const port of Object.keys(ports))
    if (Number(port) < 1 || Number(port) > 65_535)
      report(`spec.portLevelMtls["${port}"]`, `"${port}" is no port`)
}
