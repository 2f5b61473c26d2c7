import { fieldsOf, optionalFields } from '../istio/fields/read-fields.ts'
import { isTemplate } from '../yaml/find-template.ts'
import type { Path } from '../yaml/path.ts'

/** A field that an API server would not take, whatever the kind is. */
export interface IdentityFault {
  readonly path: Path
  readonly message: string
  readonly hint?: string
}

const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const RENDER = 'Render it first, for example with helm template'
const QUOTE = 'Put it in quotes'

/**
 * Why a value is no object: what every kind needs, and what Kubernetes checks of every kind.
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
export function validateIdentity(value: unknown): readonly IdentityFault[] {
  const fields = optionalFields(value)
  if (fields === undefined)
    return [{ path: [], message: `There is ${describe(value)} where an object belongs` }]
  const faults: IdentityFault[] = []
  for (const field of ['apiVersion', 'kind'] as const)
    if (fields[field] === undefined || fields[field] === null || fields[field] === '')
      faults.push({ path: [], message: `The object has no ${field}` })
    else if (typeof fields[field] !== 'string')
      faults.push({ path: [field], message: `${field} is ${describe(fields[field])}, not text` })
    else if (!/^[A-Za-z][\w.-]*(?:\/v[\w]*)?$/.test(fields[field]))
      faults.push({
        path: [field],
        message: `${field} cannot be ${JSON.stringify(fields[field])}`,
        ...hintOf(fields[field]),
      })
  if (fields['metadata'] !== undefined && optionalFields(fields['metadata']) === undefined)
    return [
      ...faults,
      { path: ['metadata'], message: `metadata is ${describe(fields['metadata'])}, not a map` },
    ]
  const metadata = fieldsOf(fields['metadata'])
  if (isAbsent(metadata['name']) && isAbsent(metadata['generateName']))
    faults.push({ path: ['metadata'], message: `${titleOf(fields)} has no metadata.name` })
  faults.push(
    ...nameFaults(metadata, 'name', String(fields['apiVersion']).includes('rbac.') ? /^[^/%]+$/ : SUBDOMAIN),
  )
  faults.push(...nameFaults(metadata, 'namespace', LABEL))
  for (const field of ['labels', 'annotations'] as const)
    faults.push(...textFaults(metadata[field], ['metadata', field]))
  return faults
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === ''

const titleOf = ({ kind }: Readonly<Record<string, unknown>>): string =>
  typeof kind === 'string' && kind !== '' ? `The ${kind}` : 'The object'

const hintOf = (value: string): { hint: string } | undefined =>
  isTemplate(value) || /\$\{?\w/.test(value) ? { hint: RENDER } : undefined

function nameFaults(
  metadata: Readonly<Record<string, unknown>>,
  field: 'name' | 'namespace',
  format: RegExp,
): readonly IdentityFault[] {
  const value = metadata[field]
  if (isAbsent(value)) return []
  const path = ['metadata', field]
  if (typeof value !== 'string')
    return [{ path, message: `metadata.${field} is ${describe(value)}, not text`, hint: QUOTE }]
  if (format.test(value) && value.length <= 253) return []
  return [{ path, message: `metadata.${field} cannot be ${JSON.stringify(value)}`, ...hintOf(value) }]
}

function textFaults(value: unknown, path: Path): readonly IdentityFault[] {
  if (value === undefined || value === null) return []
  const fields = optionalFields(value)
  const title = path.join('.')
  if (fields === undefined) return [{ path, message: `${title} is ${describe(value)}, not a map` }]
  return Object.entries(fields).flatMap(([key, item]) =>
    // Go reads null as the empty text.
    typeof item === 'string' || item === null
      ? []
      : [{ path: [...path, key], message: `${title}: ${key} is ${describe(item)}, not text`, hint: QUOTE }],
  )
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return `the boolean ${String(value)}`
  return typeof value === 'number' ? `the number ${String(value)}` : 'something else'
}
