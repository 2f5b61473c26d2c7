import { isObject, listOf, objectOf, textOf, valueAt, type JsonObject } from './json.ts'
import { dnsLabelFault } from './metadata-validation.ts'
import { duplicate, invalidValue, notSupported, required } from './schema-validation.ts'
import type { StatusCause } from './status-error.ts'

// Source: pkg/apis/core/validation/validation.go of Kubernetes 1.36.

export const portRule = 'must be between 1 and 65535, inclusive'

export const isPort = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65535

/** Why a text is no name of a port. */
export function portNameFault(name: string): string | undefined {
  if (name.length > 15) return 'must be no more than 15 characters'
  if (!/^[-a-z0-9]+$/.test(name))
    return 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'
  if (!/[a-z]/.test(name)) return 'must contain at least one letter (a-z)'
  if (name.includes('--')) return 'must not contain consecutive hyphens'
  return name.startsWith('-') || name.endsWith('-') ? 'must not begin or end with a hyphen' : undefined
}

function validatePort(port: unknown, field: string): readonly StatusCause[] {
  const { containerPort, name, protocol } = objectOf(port)
  const fault = textOf(name) === '' ? undefined : portNameFault(textOf(name))
  return [
    ...(containerPort === undefined || containerPort === 0
      ? [required(`${field}.containerPort`)]
      : isPort(containerPort)
        ? []
        : [invalidValue(`${field}.containerPort`, containerPort, portRule)]),
    ...(fault === undefined ? [] : [invalidValue(`${field}.name`, name, fault)]),
    ...(['TCP', 'UDP', 'SCTP'].includes(textOf(protocol))
      ? []
      : [notSupported(`${field}.protocol`, protocol, ['SCTP', 'TCP', 'UDP'])]),
  ]
}

function validateContainer(
  container: unknown,
  field: string,
  volumes: ReadonlySet<string>,
): readonly StatusCause[] {
  const name = textOf(valueAt(container, 'name'))
  const fault = name === '' ? undefined : dnsLabelFault(name)
  const image = textOf(valueAt(container, 'image'))
  return [
    ...(name === '' ? [required(`${field}.name`)] : []),
    ...(fault === undefined ? [] : [invalidValue(`${field}.name`, name, fault)]),
    ...(image === '' ? [required(`${field}.image`)] : []),
    ...(image !== '' && image !== image.trim()
      ? [invalidValue(`${field}.image`, image, 'must not have leading or trailing whitespace')]
      : []),
    ...listOf(valueAt(container, 'ports')).flatMap((port, index) =>
      validatePort(port, `${field}.ports[${String(index)}]`),
    ),
    ...listOf(valueAt(container, 'env')).flatMap((variable, index) =>
      textOf(valueAt(variable, 'name')) === '' ? [required(`${field}.env[${String(index)}].name`)] : [],
    ),
    ...listOf(valueAt(container, 'volumeMounts')).flatMap((mount, index): readonly StatusCause[] => {
      const at = `${field}.volumeMounts[${String(index)}]`
      const volume = textOf(valueAt(mount, 'name'))
      return [
        ...(volume === ''
          ? [required(`${at}.name`)]
          : volumes.has(volume)
            ? []
            : [
                {
                  reason: 'FieldValueNotFound',
                  message: `Not found: ${JSON.stringify(volume)}`,
                  field: `${at}.name`,
                },
              ]),
        ...(textOf(valueAt(mount, 'mountPath')) === '' ? [required(`${at}.mountPath`)] : []),
      ]
    }),
  ]
}

/** What is wrong with the spec of a pod or of a template. */
export function validatePodSpec(
  spec: JsonObject,
  field: string,
  restartPolicies: readonly string[],
): readonly StatusCause[] {
  const containers = listOf(spec['containers'])
  const volumes = new Set(listOf(spec['volumes']).map(volume => textOf(valueAt(volume, 'name'))))
  const named = (['containers', 'initContainers'] as const).flatMap(list =>
    listOf(spec[list]).map((container, index) => ({ container, at: `${field}.${list}[${String(index)}]` })),
  )
  const names = named.map(({ container }) => textOf(valueAt(container, 'name')))
  const policy = textOf(spec['restartPolicy'])
  return [
    ...(containers.length === 0 ? [required(`${field}.containers`)] : []),
    ...named.flatMap(({ container, at }, index) => [
      ...validateContainer(isObject(container) ? container : {}, at, volumes),
      ...(names[index] !== '' && names.indexOf(names[index] ?? '') < index
        ? [duplicate(`${at}.name`, names[index])]
        : []),
    ]),
    ...(restartPolicies.includes(policy)
      ? []
      : [notSupported(`${field}.restartPolicy`, policy, [...restartPolicies].sort())]),
  ]
}
