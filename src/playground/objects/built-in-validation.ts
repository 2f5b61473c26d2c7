import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { isObject, isSameJson, listOf, objectOf, textOf, valueAt, without, type JsonObject } from './json.ts'
import { validateLabels } from './metadata-validation.ts'
import { validatePodSpec } from './pod-validation.ts'
import { forbiddenField, invalidValue, notSupported, required } from './schema-validation.ts'
import type { ServedResource } from './served-resource.ts'
import { validateService } from './service-validation.ts'
import type { StatusCause } from './status-error.ts'

// Source: pkg/apis/*/validation of Kubernetes 1.36; the rules that people meet.

type Validate = (object: JsonObject, previous: KubernetesObject | undefined) => readonly StatusCause[]

const isImmutable = 'field is immutable'

const unchanged = (
  object: JsonObject,
  previous: KubernetesObject | undefined,
  path: readonly string[],
): readonly StatusCause[] => {
  const value = valueAt(object, ...path)
  return previous === undefined || isSameJson(value, valueAt(previous, ...path))
    ? []
    : [invalidValue(path.join('.'), value, isImmutable)]
}

function nonNegative(spec: JsonObject, ...names: readonly string[]): readonly StatusCause[] {
  return names.flatMap(name => {
    const value = spec[name]
    return typeof value === 'number' && value < 0
      ? [invalidValue(`spec.${name}`, value, 'must be greater than or equal to 0')]
      : []
  })
}

/** Whether a label selector of a workload selects labels; source: metav1.LabelSelectorAsSelector. */
function selects(selector: JsonObject, labels: JsonObject): boolean {
  const hasAll = Object.entries(objectOf(selector['matchLabels'])).every(
    ([key, value]) => labels[key] === value,
  )
  const fulfils = listOf(selector['matchExpressions']).every(expression => {
    const key = textOf(valueAt(expression, 'key'))
    const values = listOf(valueAt(expression, 'values'))
    const isThere = Object.hasOwn(labels, key)
    switch (valueAt(expression, 'operator')) {
      case 'In':
        return isThere && values.includes(labels[key])
      case 'NotIn':
        return !isThere || !values.includes(labels[key])
      case 'Exists':
        return isThere
      default:
        return !isThere
    }
  })
  return hasAll && fulfils
}

function workload(object: JsonObject, previous: KubernetesObject | undefined): readonly StatusCause[] {
  const spec = objectOf(object['spec'])
  const template = objectOf(spec['template'])
  const labels = valueAt(template, 'metadata', 'labels')
  const selector = spec['selector']
  const isEmpty =
    isObject(selector) &&
    Object.keys(objectOf(selector['matchLabels'])).length === 0 &&
    listOf(selector['matchExpressions']).length === 0
  const doesSelect = isObject(selector) && selects(selector, objectOf(labels))
  return [
    ...nonNegative(spec, 'replicas', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'),
    ...(selector === undefined || selector === null ? [required('spec.selector')] : []),
    ...(isEmpty ? [invalidValue('spec.selector', selector, 'empty selector is invalid for deployment')] : []),
    ...(doesSelect
      ? []
      : [
          invalidValue(
            'spec.template.metadata.labels',
            labels,
            '`selector` does not match template `labels`',
          ),
        ]),
    ...validateLabels(labels, 'spec.template.metadata.labels'),
    ...validatePodSpec(objectOf(template['spec']), 'spec.template.spec', ['Always']),
    ...unchanged(object, previous, ['spec', 'selector']),
  ]
}

const statefulSet: Validate = (object, previous) => {
  const mutable = [
    'replicas',
    'ordinals',
    'template',
    'updateStrategy',
    'revisionHistoryLimit',
    'persistentVolumeClaimRetentionPolicy',
    'minReadySeconds',
  ]
  const fixed = (of: unknown): JsonObject => without(objectOf(of), ...mutable)
  const isChanged = previous !== undefined && !isSameJson(fixed(object['spec']), fixed(previous.spec))
  return [
    ...workload(object, undefined),
    ...(isChanged
      ? [
          forbiddenField(
            'spec',
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
          ),
        ]
      : []),
  ]
}

const job: Validate = (object, previous) => [
  ...nonNegative(objectOf(object['spec']), 'parallelism', 'completions', 'backoffLimit'),
  ...validatePodSpec(objectOf(valueAt(object, 'spec', 'template', 'spec')), 'spec.template.spec', [
    'OnFailure',
    'Never',
  ]),
  ...unchanged(object, previous, ['spec', 'completions']),
  ...unchanged(object, previous, ['spec', 'template']),
]

const cronJob: Validate = object => [
  ...(textOf(valueAt(object, 'spec', 'schedule')) === '' ? [required('spec.schedule')] : []),
  ...validatePodSpec(
    objectOf(valueAt(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec')),
    'spec.jobTemplate.spec.template.spec',
    ['OnFailure', 'Never'],
  ),
]

/** A pod without what may change in it. */
function fixedPodSpec(spec: unknown): JsonObject {
  const fields = objectOf(spec)
  const images = Object.fromEntries(
    ['containers', 'initContainers'].map(name => [
      name,
      listOf(fields[name]).map(container => without(objectOf(container), 'image')),
    ]),
  )
  return {
    ...without(fields, 'activeDeadlineSeconds', 'tolerations', 'terminationGracePeriodSeconds', 'nodeName'),
    ...images,
  }
}

const pod: Validate = (object, previous) => [
  ...validatePodSpec(objectOf(object['spec']), 'spec', ['Always', 'OnFailure', 'Never']),
  ...(previous === undefined || isSameJson(fixedPodSpec(object['spec']), fixedPodSpec(previous.spec))
    ? []
    : [
        forbiddenField(
          'spec',
          'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
        ),
      ]),
]

const keyRule =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

const keyed =
  (...fields: readonly string[]): Validate =>
  (object, previous) => [
    ...fields.flatMap(field =>
      Object.keys(objectOf(object[field]))
        .filter(key => !/^[-._a-zA-Z0-9]+$/.test(key))
        .map(key => invalidValue(`${field}[${key}]`, key, keyRule)),
    ),
    ...(previous?.['immutable'] === true
      ? fields
          .filter(field => !isSameJson(object[field], previous[field]))
          .map(field => forbiddenField(field, 'field is immutable when `immutable` is set'))
      : []),
  ]

const role: Validate = object =>
  listOf(object['rules']).flatMap((rule, index) =>
    listOf(valueAt(rule, 'verbs')).length === 0
      ? [required(`rules[${String(index)}].verbs`, 'verbs must contain at least one value')]
      : [],
  )

const roleBinding: Validate = (object, previous) => [
  ...(textOf(valueAt(object, 'roleRef', 'name')) === '' ? [required('roleRef.name')] : []),
  ...(['Role', 'ClusterRole'].includes(textOf(valueAt(object, 'roleRef', 'kind')))
    ? []
    : [notSupported('roleRef.kind', valueAt(object, 'roleRef', 'kind'), ['ClusterRole', 'Role'])]),
  ...(previous === undefined || isSameJson(object['roleRef'], previous['roleRef'])
    ? []
    : [invalidValue('roleRef', object['roleRef'], 'cannot change roleRef')]),
]

const crd: Validate = object => {
  const expected = `${textOf(valueAt(object, 'spec', 'names', 'plural'))}.${textOf(valueAt(object, 'spec', 'group'))}`
  const name = textOf(valueAt(object, 'metadata', 'name'))
  const stored = listOf(valueAt(object, 'spec', 'versions')).filter(
    version => valueAt(version, 'storage') === true,
  )
  return [
    ...(name === expected
      ? []
      : [invalidValue('metadata.name', name, 'must be spec.names.plural+"."+spec.group')]),
    ...(stored.length === 1
      ? []
      : [
          invalidValue(
            'spec.versions',
            valueAt(object, 'spec', 'versions'),
            'must have exactly one version marked as storage version',
          ),
        ]),
  ]
}

const rules: Readonly<Record<string, Validate>> = {
  'apps/Deployment': workload,
  'apps/ReplicaSet': workload,
  'apps/DaemonSet': workload,
  'apps/StatefulSet': statefulSet,
  'batch/Job': job,
  'batch/CronJob': cronJob,
  '/Pod': pod,
  '/Service': validateService,
  '/ConfigMap': keyed('data', 'binaryData'),
  '/Secret': (object, previous) => [
    ...keyed('data')(object, previous),
    ...unchanged(object, previous, ['type']),
  ],
  'rbac.authorization.k8s.io/Role': role,
  'rbac.authorization.k8s.io/ClusterRole': role,
  'rbac.authorization.k8s.io/RoleBinding': roleBinding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': roleBinding,
  'apiextensions.k8s.io/CustomResourceDefinition': crd,
}

/** What in an object of a built-in kind breaks the rules of its kind; `previous` is the stored object of an update. */
export function validateBuiltIn(
  { group, kind }: ServedResource,
  object: JsonObject,
  previous: KubernetesObject | undefined,
): readonly StatusCause[] {
  return rules[`${group}/${kind}`]?.(object, previous) ?? []
}
