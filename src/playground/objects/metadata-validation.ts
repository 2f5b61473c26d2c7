import { isObject, listOf, objectOf, textOf, valueAt, type JsonObject } from './json.ts'
import { invalidValue, required } from './schema-validation.ts'
import type { StatusCause } from './status-error.ts'

// Source of the rules and their wording: k8s.io/apimachinery/pkg/util/validation.

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomainFormat = String.raw`[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*`
const qualifiedNameFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelValueFormat = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'

const matches = (format: string, value: string): boolean => new RegExp(`^(?:${format})$`).test(value)

const tooLong = (limit: number): string => `must be no more than ${String(limit)} bytes`

/** Why a text is no DNS label; undefined where it is one. */
export function dnsLabelFault(value: string): string | undefined {
  if (value.length > 63) return tooLong(63)
  if (value.includes('.')) return 'must not contain dots'
  return matches(labelFormat, value)
    ? undefined
    : `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${labelFormat}')`
}

export function dnsSubdomainFault(value: string): string | undefined {
  if (value.length > 253) return tooLong(253)
  return matches(subdomainFormat, value)
    ? undefined
    : `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomainFormat}')`
}

function pathSegmentFault(value: string): string | undefined {
  if (value === '.' || value === '..') return `may not be '${value}'`
  const bad = ['/', '%'].find(character => value.includes(character))
  return bad === undefined ? undefined : `may not contain '${bad}'`
}

function qualifiedNameFault(value: string): string | undefined {
  const parts = value.split('/')
  const name = parts.at(-1) ?? ''
  if (parts.length > 2)
    return `a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualifiedNameFormat}') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`
  const prefix = parts.length === 2 ? parts[0] : undefined
  if (prefix === '') return 'prefix part must be non-empty'
  const prefixFault = prefix === undefined ? undefined : dnsSubdomainFault(prefix)
  if (prefixFault !== undefined) return `prefix part ${prefixFault}`
  if (name === '') return 'name part must be non-empty'
  if (name.length > 63) return `name part ${tooLong(63)}`
  return matches(qualifiedNameFormat, name)
    ? undefined
    : `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualifiedNameFormat}')`
}

export function labelValueFault(value: string): string | undefined {
  if (value.length > 63) return tooLong(63)
  return matches(labelValueFormat, value)
    ? undefined
    : `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${labelValueFormat}')`
}

/** What is wrong with labels, as of an object or of a pod template. */
export function validateLabels(labels: unknown, field: string): readonly StatusCause[] {
  return Object.entries(objectOf(labels)).flatMap(([key, value]) => {
    const keyFault = qualifiedNameFault(key)
    const valueFault = labelValueFault(textOf(value))
    return [
      ...(keyFault === undefined ? [] : [invalidValue(field, key, keyFault)]),
      ...(valueFault === undefined ? [] : [invalidValue(field, textOf(value), valueFault)]),
    ]
  })
}

function nameFaultOf(group: string, kind: string, name: string): string | undefined {
  if (group === 'rbac.authorization.k8s.io') return pathSegmentFault(name)
  if (group === '' && (kind === 'Namespace' || kind === 'Service')) return dnsLabelFault(name)
  return dnsSubdomainFault(name)
}

/** What is wrong with an object's metadata. */
export function validateMetadata(group: string, kind: string, metadata: JsonObject): readonly StatusCause[] {
  const name = textOf(metadata['name'])
  const generateName = textOf(metadata['generateName'])
  const fault = name === '' ? undefined : nameFaultOf(group, kind, name)
  return [
    ...(name === '' && generateName === ''
      ? [required('metadata.name', 'name or generateName is required')]
      : []),
    ...(fault === undefined ? [] : [invalidValue('metadata.name', name, fault)]),
    ...validateLabels(metadata['labels'], 'metadata.labels'),
    ...Object.keys(objectOf(metadata['annotations'])).flatMap(key => {
      const keyFault = qualifiedNameFault(key.toLowerCase())
      return keyFault === undefined ? [] : [invalidValue('metadata.annotations', key, keyFault)]
    }),
    ...listOf(metadata['ownerReferences']).flatMap((owner, index) =>
      ['apiVersion', 'kind', 'name', 'uid'].flatMap(field =>
        isObject(owner) && textOf(valueAt(owner, field)) === ''
          ? [
              invalidValue(
                `metadata.ownerReferences[${String(index)}].${field}`,
                '',
                field === 'apiVersion' ? 'version must not be empty' : 'must not be empty',
              ),
            ]
          : [],
      ),
    ),
  ]
}
