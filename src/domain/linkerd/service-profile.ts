import { fieldsOf, listOf, numberOf, optionalFields, textOf } from '../istio/fields/read-fields.ts'
import type { Fields } from '../istio/fields/read-fields.ts'
import type { NamedObject } from '../istio/named-object.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { ConsideredRule, Decision, Destination, Retries, RouteReference } from '../routing/decision.ts'
import { compileExpression } from '../routing/route/match.ts'
import type { RequestView } from '../routing/route/request-view.ts'
import { objectsOf, specOf } from './linkerd-objects.ts'

/** The ServiceProfile of a host: one in the caller's namespace comes before the service's own. */
export function findProfile(
  objects: readonly KubernetesObject[],
  host: string,
  namespaces: readonly string[],
): NamedObject | undefined {
  const profiles = objectsOf(objects, 'ServiceProfile', ['linkerd.io']).filter(item => item.name === host)
  return namespaces.flatMap(namespace => profiles.find(item => item.namespace === namespace) ?? [])[0]
}

/** What a profile does with a request: the first route that takes it. Source: https://linkerd.io/2/reference/service-profiles/ */
export function applyProfile(
  profile: NamedObject,
  view: RequestView,
): Pick<Decision, 'considered'> & Partial<Pick<Decision, 'route' | 'timeout' | 'retries'>> {
  const considered: ConsideredRule[] = []
  let taken: { readonly route: RouteReference; readonly fields: Fields } | undefined
  for (const [rule, item] of listOf(specOf(profile)['routes']).map(fieldsOf).entries()) {
    const ruleName = textOf(item['name'])
    const { kind, namespace, name } = profile
    const route = { kind, namespace, name, rule, ...(ruleName === undefined ? {} : { ruleName }) }
    const isEarlier = taken !== undefined
    const matched = !isEarlier && fitsCondition(fieldsOf(item['condition']), view)
    if (matched) taken = { route, fields: item }
    const reason = isEarlier ? 'an earlier rule took the request' : 'the condition does not fit the request'
    considered.push({ route, matched, reason: matched ? 'yes' : reason })
  }
  const timeout = textOf(taken?.fields['timeout'])
  const retries = taken?.fields['isRetryable'] === true ? budgetedRetries(specOf(profile)) : undefined
  return {
    considered,
    ...(taken === undefined ? {} : { route: taken.route }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(retries === undefined ? {} : { retries }),
  }
}

/**
 * Where a profile's overrides send all requests of its host, by weight; undefined where it has none.
 * Source: https://linkerd.io/2/tasks/books/ and the CRD's `dstOverrides` (`authority`, `weight` as a quantity).
 */
export function overrideDestinations(
  profile: NamedObject,
  destinationOf: (host: string, port: number) => Destination,
  port: number,
): readonly Destination[] | undefined {
  const overrides = listOf(specOf(profile)['dstOverrides'])
    .map(fieldsOf)
    .flatMap(item => {
      const authority = textOf(item['authority'])
      const weight = readQuantity(item['weight'])
      return authority === undefined || weight <= 0 ? [] : [{ authority, weight }]
    })
  const total = overrides.reduce((sum, { weight }) => sum + weight, 0)
  if (total === 0) return undefined
  return overrides.map(({ authority, weight }) => {
    const [host = '', written] = authority.replace(/\.$/, '').split(':')
    return { ...destinationOf(host, Number(written ?? port)), weight: Math.round((weight / total) * 100) }
  })
}

/** `500m` is a half, as Kubernetes writes quantities; also plain numbers. */
function readQuantity(value: unknown): number {
  const text = String(typeof value === 'number' ? value : (textOf(value) ?? '0'))
  const found = /^(\d+(?:\.\d+)?)(m|k)?$/.exec(text)
  const factor = found?.[2] === 'm' ? 0.001 : found?.[2] === 'k' ? 1000 : 1
  return found === null ? 0 : Number(found[1]) * factor
}

/** Retries are limited by a share of all requests, not by a count: 20 % unless the profile says otherwise. */
function budgetedRetries(spec: Fields): Retries {
  const ratio = numberOf(fieldsOf(spec['retryBudget'])['retryRatio']) ?? 0.2
  return { attempts: 1, retryOn: `failures, within a budget of ${String(Math.round(ratio * 100))} %` }
}

function fitsCondition(condition: Fields, view: RequestView): boolean {
  const method = textOf(condition['method'])
  const path = textOf(condition['pathRegex'])
  const not = optionalFields(condition['not'])
  const all = listOf(condition['all']).map(fieldsOf)
  const any = listOf(condition['any']).map(fieldsOf)
  return (
    (method === undefined || method === view.request.method) &&
    (path === undefined || compileExpression(path)?.matches(view.path) === true) &&
    (not === undefined || !fitsCondition(not, view)) &&
    all.every(item => fitsCondition(item, view)) &&
    (any.length === 0 || any.some(item => fitsCondition(item, view)))
  )
}
