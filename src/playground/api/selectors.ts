import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { badRequest } from '../objects/status-error.ts'

export type Selects = (object: KubernetesObject) => boolean

const SET = /^\s*([\w./-]+)\s+(in|notin)\s*\(([^()]*)\)\s*$/
const EQUALITY = /^\s*([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)\s*$/
const ORDER = /^\s*([\w./-]+)\s*(>|<)\s*(\d+)\s*$/
const EXISTENCE = /^\s*(!?)\s*([\w./-]+)\s*$/

/** The parts between commas that stand outside parentheses. */
const requirementsOf = (selector: string): readonly string[] =>
  (selector.match(/(?:[^,(]|\([^)]*\))+/g) ?? []).filter(part => part.trim() !== '')

/** A label selector: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a>1`, `a`, `!a`, joined by commas. */
export function parseLabelSelector(selector: string): Selects {
  const requirements = requirementsOf(selector).map(parseRequirement)
  return object => {
    const labels = object.metadata.labels ?? {}
    return requirements.every(matches => matches(labels))
  }
}

type Labels = Readonly<Record<string, string>>

function parseRequirement(text: string): (labels: Labels) => boolean {
  const set = SET.exec(text)
  if (set) {
    const [, key = '', operator, list = ''] = set
    const values = list.split(',').map(value => value.trim())
    // `notin` and `!=` are true for objects without the label.
    return operator === 'in'
      ? labels => labels[key] !== undefined && values.includes(labels[key])
      : labels => labels[key] === undefined || !values.includes(labels[key])
  }
  const equality = EQUALITY.exec(text)
  if (equality) {
    const [, key = '', operator, value = ''] = equality
    return operator === '!=' ? labels => labels[key] !== value : labels => labels[key] === value
  }
  const order = ORDER.exec(text)
  if (order) {
    const [, key = '', operator, value = ''] = order
    return labels =>
      operator === '>' ? Number(labels[key]) > Number(value) : Number(labels[key]) < Number(value)
  }
  const existence = EXISTENCE.exec(text)
  if (existence) {
    const [, not, key = ''] = existence
    return labels => (labels[key] === undefined) === (not === '!')
  }
  throw badRequest(
    `unable to parse requirement: found '${text.trim()}', expected: in, notin, =, ==, !=, gt, lt`,
  )
}

// pkg/apis/core/v1/conversion.go: what each kind can be selected by, besides its name and namespace.
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  '/pods': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  '/events': [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  'events.k8s.io/events': ['regarding.kind', 'regarding.name', 'regarding.namespace', 'reason', 'type'],
  '/nodes': ['spec.unschedulable'],
  '/namespaces': ['status.phase'],
  '/secrets': ['type'],
  '/services': ['spec.clusterIP', 'spec.type'],
  '/replicationcontrollers': ['status.replicas'],
  'apps/replicasets': ['status.replicas'],
  'batch/jobs': ['status.successful'],
}

function fieldOf(object: KubernetesObject, path: string): string {
  let value: unknown = object
  for (const key of path.split('.'))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : ''
}

/** A field selector: `metadata.name=web,status.phase!=Running`. */
export function parseFieldSelector(
  selector: string,
  { group, plural }: { readonly group: string; readonly plural: string },
): Selects {
  const known = ['metadata.name', 'metadata.namespace', ...(FIELDS[`${group}/${plural}`] ?? [])]
  const terms = selector
    .split(',')
    .filter(term => term !== '')
    .map(term => {
      const [, path, operator, value = ''] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term) ?? []
      if (path === undefined) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`)
      if (!known.includes(path)) throw badRequest(`field label not supported: ${path}`)
      return { path, isEqual: operator !== '!=', value }
    })
  return object => terms.every(({ path, isEqual, value }) => (fieldOf(object, path) === value) === isEqual)
}

/** Both selectors of a request as one. */
export function parseSelectors(
  query: URLSearchParams,
  type: { readonly group: string; readonly plural: string },
): Selects {
  const byLabel = parseLabelSelector(query.get('labelSelector') ?? '')
  const byField = parseFieldSelector(query.get('fieldSelector') ?? '', type)
  return object => byLabel(object) && byField(object)
}
