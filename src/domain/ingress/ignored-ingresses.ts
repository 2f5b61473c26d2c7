import type { NamedObject } from '../istio/named-object.ts'
import { nameObject } from '../istio/named-object.ts'
import { fieldsOf, listOf, optionalFields, textOf } from '../istio/fields/read-fields.ts'
import type { MeshService } from '../istio/service.ts'
import type { IngressSettings } from '../istio/settings/mesh-settings.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { convertIngressBackend } from './convert-ingress-paths.ts'
import { explainExclusion, isIngress, readIngressClasses } from './ingress-class.ts'

/** An Ingress, or a part of one, that istiod passes over. */
export interface IgnoredIngress {
  readonly ingress: NamedObject
  /** The hosts that are concerned; `*` for all. */
  readonly hosts: readonly string[]
  readonly field: string
  readonly reason: string
  /** Whether another controller is meant, so that nothing is wrong. */
  readonly isForOthers: boolean
}

/** What of the Ingresses istiod passes over, with the field that is the cause. */
export function findIgnoredIngresses(
  objects: readonly KubernetesObject[],
  services: readonly MeshService[],
  clusterDomain: string,
  settings: IngressSettings,
): readonly IgnoredIngress[] {
  const ingresses = objects.filter(isIngress)
  if (ingresses.length === 0) return []
  const classes = readIngressClasses(objects)
  return ingresses.flatMap((object): readonly IgnoredIngress[] => {
    const ingress = nameObject(object)
    const spec = fieldsOf(object.spec)
    const rules = listOf(spec['rules']).map(fieldsOf)
    const hosts = rules.map(rule => (textOf(rule['host']) ?? '*').toLowerCase())
    const exclusion = explainExclusion(object, classes, settings)
    if (exclusion !== undefined)
      return [
        {
          ingress,
          hosts: hosts.length === 0 ? ['*'] : hosts,
          field: exclusion.field,
          reason: `Istio does not serve it: ${exclusion.reason}`,
          isForOthers: exclusion.isClassMissing !== true,
        },
      ]
    const ignored: IgnoredIngress[] = []
    const add = (host: string, field: string, reason: string): void => {
      ignored.push({ ingress, hosts: [host], field, reason, isForOthers: false })
    }
    if (optionalFields(spec['defaultBackend']) !== undefined)
      add('*', 'spec.defaultBackend', 'Istio ignores default backends')
    for (const [index, rule] of rules.entries()) {
      const field = `spec.rules[${String(index)}]`
      const host = hosts[index] ?? '*'
      const http = optionalFields(rule['http'])
      if (http === undefined) add(host, field, 'Istio ignores a rule without paths')
      for (const [at, path] of listOf(http?.['paths']).map(fieldsOf).entries())
        if (
          convertIngressBackend({ ingress, services, clusterDomain }, fieldsOf(path['backend'])) === undefined
        )
          add(
            host,
            `${field}.http.paths[${String(at)}].backend`,
            'Istio ignores the path: its backend is no Service with that port',
          )
    }
    for (const [index, entry] of listOf(spec['tls']).map(fieldsOf).entries())
      if (textOf(entry['secretName']) === undefined)
        add('*', `spec.tls[${String(index)}].secretName`, 'Istio ignores a TLS entry without a Secret')
    return ignored
  })
}
