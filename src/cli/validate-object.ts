import { apiVersionOf, groupOf, type KubernetesObject } from '../domain/kubernetes/kubernetes-object.ts'
import { admit } from '../playground/objects/admit.ts'
import { builtInTypes } from '../playground/objects/built-in-types.ts'
import { loadCrds, typesOfCrd } from '../playground/objects/custom-types.ts'
import { loadSchemas } from '../playground/objects/schema-lookup.ts'
import type { ServedResource } from '../playground/objects/served-resource.ts'
import { StatusError } from '../playground/objects/status-error.ts'
import { resourcesFolder } from './folders.ts'

/** A field that an API server would not take. */
export interface FieldError {
  /** `spec.http[0].timeout`; `kind` or `apiVersion` where the type itself is not served. */
  readonly path: string
  readonly message: string
}

/** What an API server says to an object. */
export interface ObjectValidation {
  readonly errors: readonly FieldError[]
  /** What it would refuse of a workload too, though what routing reads of it is there. */
  readonly flaws: readonly FieldError[]
  /** Fields that the kind does not have; kubectl refuses them unless told not to validate. */
  readonly unknownFields: readonly string[]
}

interface KnownTypes {
  readonly byType: ReadonlyMap<string, ServedResource>
  /** The `apiVersion`s that have a kind, oldest first. */
  readonly versionsOf: ReadonlyMap<string, readonly string[]>
  readonly groups: ReadonlySet<string>
}

const WORKLOADS: ReadonlySet<string> = new Set([
  'Pod',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
])

/** Values of the wrong type have no causes: the API server stops reading there. */
const hasCauses = ({ details }: StatusError): boolean => (details?.causes ?? []).length > 0

let known: KnownTypes | undefined

function readTypes(): KnownTypes {
  loadSchemas(resourcesFolder)
  const types = [...builtInTypes, ...loadCrds(resourcesFolder).flatMap(typesOfCrd)]
  const versionsOf = new Map<string, string[]>()
  for (const type of types)
    versionsOf.set(type.kind, [...(versionsOf.get(type.kind) ?? []), apiVersionOf(type)])
  return {
    byType: new Map(types.map(type => [`${apiVersionOf(type)} ${type.kind}`, type])),
    versionsOf,
    groups: new Set(types.map(({ group }) => group)),
  }
}

/**
 * What an API server with the kinds of Kubernetes, Istio and the Gateway API would refuse of an object: a type that it
 * does not serve, values of other types than their fields, fields that are missing. Kinds of other programs pass.
 */
export function validateObject(object: KubernetesObject): ObjectValidation {
  known ??= readTypes()
  const { apiVersion, kind } = object
  const type = known.byType.get(`${apiVersion} ${kind}`)
  if (type === undefined) return { errors: validateType(known, object), flaws: [], unknownFields: [] }
  try {
    const { warnings } = admit(type, type.isCustom ? withoutNulls(object) : object, {
      fieldValidation: 'Warn',
      isUpdate: false,
    })
    return {
      errors: [],
      flaws: [],
      unknownFields: warnings.flatMap(warning => /^unknown field "(.+)"$/.exec(warning)?.[1] ?? []),
    }
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    const errors = fieldErrorsOf(error)
    // Examples in books leave out what a workload needs to run; its labels and ports say all that routing asks.
    const isReadable = WORKLOADS.has(kind) && object.spec !== undefined && hasCauses(error)
    return isReadable
      ? { errors: [], flaws: errors, unknownFields: [] }
      : { errors, flaws: [], unknownFields: [] }
  }
}

/** A type that is not served: in a group that is known, or a known kind in the wrong group. */
function validateType(
  { versionsOf, groups }: KnownTypes,
  { apiVersion, kind }: KubernetesObject,
): readonly FieldError[] {
  const group = groupOf(apiVersion)
  const versions = versionsOf.get(kind) ?? []
  const isOwnGroup = versions.some(version => groupOf(version) === group)
  const noMatch = (path: string, hint: string): readonly FieldError[] => [
    { path, message: `no matches for kind ${kind} in version ${apiVersion}${hint}` },
  ]
  if (isOwnGroup) {
    // Older clusters serve versions of Kubernetes' and the Gateway API's kinds that newer ones do not.
    const isVersion = /\/v\d+(?:(?:alpha|beta)\d+)?$/.test(apiVersion)
    if (isVersion && !group.endsWith('istio.io')) return []
    return noMatch('apiVersion', `; it is served as ${versions.join(', ')}`)
  }
  if (group === '' && apiVersion !== 'v1')
    return noMatch('apiVersion', '; a version has a group before it, or is v1')
  if (!groups.has(group) && !group.endsWith('istio.io') && group !== 'gateway.networking.k8s.io') return []
  const [near] = [...versionsOf.keys()].filter(name => name.toLowerCase() === kind.toLowerCase())
  if (near !== undefined && near !== kind) return noMatch('kind', `; the kind is written ${near}`)
  if (versions.length > 0 && (group === '' || group.endsWith('istio.io') || group === 'apps'))
    return noMatch('apiVersion', `; it is served as ${versions.join(', ')}`)
  // These groups are whole here; Kubernetes' own have more kinds than are known.
  return group.endsWith('networking.istio.io') ||
    group === 'security.istio.io' ||
    group === 'telemetry.istio.io'
    ? noMatch('kind', '')
    : []
}

function fieldErrorsOf({ message, details }: StatusError): readonly FieldError[] {
  const causes = details?.causes ?? []
  if (causes.length > 0)
    return causes.map(({ field = '', message: said }) => ({
      path: field === '<nil>' ? '' : field,
      message: said.replace(/^Invalid value: "[^"]*": \S+ in body /, '').replace(/: "(\w+)"$/, ', not $1'),
    }))
  // `json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32`
  const decoding =
    /cannot unmarshal (.+) into Go struct field (?:[A-Z]\w*\.)?([a-z][\w.]*) of type (.+)$/.exec(message)
  if (decoding === null) return [{ path: '', message }]
  const [, found = '', path = '', wanted = ''] = decoding
  return [{ path, message: `must be of type ${wanted}, not ${found}` }]
}

/** A field without a value counts as absent in a custom resource. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  )
}
