import { fieldsOf, listOf } from '../istio/fields/read-fields.ts'
import type { MeshService } from '../istio/service.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { isDeepEqual } from '../yaml/deep-equal.ts'
import { valueAt } from '../yaml/path.ts'
import type { OpenText, PlannedTexts } from './planned-texts.ts'
import type { Version } from './service-options.ts'
import { meshOf } from './service-options.ts'

const apiVersion = 'networking.istio.io/v1'

/** A new Istio object with an empty specification. */
export const newIstioObject = (
  kind: string,
  namespace: string,
  name: string,
  spec: unknown,
): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  spec,
})

/** A name for a new object that no object of the kind has yet. */
export function freeName(texts: PlannedTexts, kind: string, namespace: string, wanted: string): string {
  const taken = new Set(
    texts.world.objects
      .filter(object => object.kind === kind && (object.metadata.namespace ?? 'default') === namespace)
      .map(({ metadata }) => metadata.name),
  )
  let name = wanted
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${String(number)}`
  return name
}

/**
 * The VirtualService that routes the Service's requests in the mesh, or a new one that sends all to it. Never a
 * second one for the same host: in the mesh only the oldest counts.
 * Source: https://istio.io/latest/docs/ops/best-practices/traffic-management/#split-virtual-services
 */
export function openVirtualService(texts: PlannedTexts, service: MeshService): OpenText {
  const known = meshOf(texts.world.objects).virtualServices.find(
    ({ hosts, gateways }) => gateways.includes('mesh') && hosts.includes(service.host),
  )
  if (known !== undefined) return texts.edit(known.object)
  const { namespace, name } = service
  return texts.create(
    newIstioObject('VirtualService', namespace, freeName(texts, 'VirtualService', namespace, name), {
      hosts: [name],
      http: [{ route: [{ destination: { host: name } }] }],
    }),
  )
}

/** How the object of a text names a Service: briefly in its own namespace, else in full. */
export const hostFor = ({ object }: OpenText, service: MeshService): string =>
  (object.metadata.namespace ?? 'default') === service.namespace ? service.name : service.host

export interface OpenRule {
  readonly index: number
  readonly value: Readonly<Record<string, unknown>>
}

/** The rules that send requests somewhere. */
export const forwardingRules = (texts: PlannedTexts, open: OpenText): readonly OpenRule[] =>
  listOf(valueAt(texts.valueOf(open), ['spec', 'http']))
    .map((rule, index) => ({ index, value: fieldsOf(rule) }))
    .filter(({ value }) => listOf(value['route']).length > 0)

/** The rule that takes whatever no other takes; made where there is none. */
export function openDefaultRule(texts: PlannedTexts, open: OpenText, service: MeshService): OpenRule {
  const find = (): OpenRule | undefined =>
    forwardingRules(texts, open).find(({ value }) => listOf(value['match']).length === 0)
  const known = find()
  if (known !== undefined) return known
  const index = listOf(valueAt(texts.valueOf(open), ['spec', 'http'])).length
  const value = { route: [{ destination: { host: hostFor(open, service) } }] }
  texts.apply(open, { kind: 'insertItem', path: ['spec', 'http'], index, value })
  return { index, value }
}

/** The DestinationRule of a Service, or a new one. */
export function openDestinationRule(texts: PlannedTexts, service: MeshService): OpenText {
  const known = meshOf(texts.world.objects).destinationRules.find(
    rule =>
      rule.host === service.host &&
      rule.namespace === service.namespace &&
      Object.keys(rule.workloadSelector).length === 0,
  )
  if (known !== undefined) return texts.edit(known.object)
  const { namespace, name } = service
  return texts.create(
    newIstioObject('DestinationRule', namespace, freeName(texts, 'DestinationRule', namespace, name), {
      host: name,
    }),
  )
}

/** The names of the subsets of some versions, in the same order; those that are missing are made. */
export function openSubsets(
  texts: PlannedTexts,
  service: MeshService,
  versions: readonly Version[],
): readonly string[] {
  const open = openDestinationRule(texts, service)
  return versions.map(({ name, labels }) => {
    const subsets = listOf(valueAt(texts.valueOf(open), ['spec', 'subsets'])).map(fieldsOf)
    const known = subsets.find(subset => isDeepEqual(subset['labels'], labels))?.['name']
    if (typeof known === 'string') return known
    // A subset's name is a DNS label. Source: Istio's validation of Subset.name.
    const wanted = name.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-')
    const isTaken = subsets.some(subset => subset['name'] === wanted)
    const subset = isTaken ? `${wanted}-${String(subsets.length + 1)}` : wanted
    texts.apply(open, { kind: 'addSubset', name: subset, labels })
    return subset
  })
}
