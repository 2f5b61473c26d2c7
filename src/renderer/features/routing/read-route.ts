import type {
  Condition,
  FaultFields,
  MirrorFields,
  RetryFields,
  TextCondition,
} from '../../../domain/edits/edit.ts'
import { readWeights } from '../../../domain/edits/weights.ts'
import {
  fieldsOf,
  listOf,
  numberOf,
  optionalFields,
  textOf,
  textsOf,
  type Fields,
} from '../../../domain/istio/fields/read-fields.ts'

export interface DestinationModel {
  readonly index: number
  readonly host: string
  readonly subset: string
  readonly port: number | undefined
  readonly weight: number
  /** What people call it: the subset, or the host. */
  readonly label: string
}

export interface MatchModel {
  readonly index: number
  readonly conditions: readonly Condition[]
  /** Fields that the form shows by name only. */
  readonly others: readonly string[]
}

/** A rule as its card shows it. */
export interface RuleModel {
  readonly index: number
  readonly title: string
  readonly name: string
  readonly matches: readonly MatchModel[]
  readonly destinations: readonly DestinationModel[]
  readonly timeout: string | undefined
  readonly retries: RetryFields | undefined
  readonly fault: FaultFields
  readonly mirror: MirrorFields | undefined
  /** What it does instead of forwarding, in words. */
  readonly action: string
  /** Fields that the form does not change, by name. */
  readonly others: readonly string[]
}

export interface RouteModel {
  readonly hosts: readonly string[]
  /** As written; empty is the mesh. */
  readonly gateways: readonly string[]
  readonly rules: readonly RuleModel[]
}

/** A VirtualService's document as the form shows it; never throws. */
export function readRoute(value: unknown): RouteModel {
  const spec = fieldsOf(fieldsOf(value)['spec'])
  return {
    hosts: textsOf(spec['hosts']),
    gateways: textsOf(spec['gateways']),
    rules: listOf(spec['http']).map((item, index) => readRule(fieldsOf(item), index)),
  }
}

const shownFields = new Set([
  'name',
  'match',
  'route',
  'timeout',
  'retries',
  'fault',
  'mirror',
  'mirrorPercentage',
])

function readRule(rule: Fields, index: number): RuleModel {
  const matches = listOf(rule['match']).map((item, at) => readMatch(fieldsOf(item), at))
  const weights = readWeights(rule['route'])
  const name = textOf(rule['name']) ?? ''
  return {
    index,
    name,
    title: name === '' ? titleOf(matches, index) : name,
    matches,
    destinations: listOf(rule['route']).map((item, at) =>
      readDestination(fieldsOf(fieldsOf(item)['destination']), at, weights[at] ?? 0),
    ),
    timeout: textOf(rule['timeout']),
    retries: readRetries(optionalFields(rule['retries'])),
    fault: readFault(fieldsOf(rule['fault'])),
    mirror: readMirror(rule),
    action: actionOf(rule),
    others: Object.keys(rule).filter(key => !shownFields.has(key)),
  }
}

function titleOf(matches: readonly MatchModel[], index: number): string {
  const [first] = matches
  if (first === undefined) return index === 0 ? 'every request' : 'everyone else'
  const words = first.conditions.map(describeCondition).join(' and ')
  return (words === '' ? 'any request' : words) + (matches.length > 1 ? ' or others' : '')
}

const verbs: Readonly<Record<TextCondition['how'], string>> = {
  exact: 'is',
  prefix: 'begins with',
  regex: 'matches',
}

const subjects: Readonly<Record<Condition['field'], string>> = {
  uri: 'path',
  method: 'method',
  scheme: 'scheme',
  authority: 'authority',
  headers: 'header',
  withoutHeaders: 'without header',
  queryParams: 'query',
  port: 'port',
  sourceLabels: 'caller label',
  sourceNamespace: 'caller namespace',
}

/** The parts of a chip: `header`, `user-type`, `is`, `beta`. */
export function wordsOf(condition: Condition): {
  readonly subject: string
  readonly name: string
  readonly verb: string
  readonly value: string
} {
  return {
    subject: subjects[condition.field],
    name: 'name' in condition ? condition.name : '',
    verb: 'text' in condition ? verbs[condition.text.how] : 'is',
    value: 'text' in condition ? condition.text.value : String(condition.value),
  }
}

export function describeCondition(condition: Condition): string {
  const { subject, name, verb, value } = wordsOf(condition)
  return [subject, name, verb, value].filter(word => word !== '').join(' ')
}

const textFields = ['uri', 'method', 'scheme', 'authority'] as const
const mapFields = ['headers', 'withoutHeaders', 'queryParams'] as const

function readText(value: unknown): TextCondition | undefined {
  const fields = fieldsOf(value)
  for (const how of ['exact', 'prefix', 'regex'] as const) {
    const text = fields[how]
    if (typeof text === 'string') return { how, value: text }
  }
  return undefined
}

function readMatch(match: Fields, index: number): MatchModel {
  const conditions: Condition[] = []
  const shown = new Set<string>()
  for (const field of textFields) {
    const text = readText(match[field])
    if (text === undefined) continue
    conditions.push({ field, text })
    shown.add(field)
  }
  for (const field of mapFields)
    for (const [name, item] of Object.entries(fieldsOf(match[field]))) {
      // An empty comparison asks only that the header is there: any value.
      conditions.push({ field, name, text: readText(item) ?? { how: 'regex', value: '.*' } })
      shown.add(field)
    }
  const port = numberOf(match['port'])
  if (port !== undefined) {
    conditions.push({ field: 'port', value: port })
    shown.add('port')
  }
  for (const [name, value] of Object.entries(fieldsOf(match['sourceLabels']))) {
    conditions.push({ field: 'sourceLabels', name, value: String(value) })
    shown.add('sourceLabels')
  }
  const namespace = textOf(match['sourceNamespace'])
  if (namespace !== undefined) {
    conditions.push({ field: 'sourceNamespace', value: namespace })
    shown.add('sourceNamespace')
  }
  return { index, conditions, others: Object.keys(match).filter(key => !shown.has(key)) }
}

function readDestination(destination: Fields, index: number, weight: number): DestinationModel {
  const host = textOf(destination['host']) ?? ''
  const subset = textOf(destination['subset']) ?? ''
  const port = numberOf(fieldsOf(destination['port'])['number'])
  return { index, host, subset, port, weight, label: subset === '' ? host : subset }
}

function readRetries(retries: Fields | undefined): RetryFields | undefined {
  if (retries === undefined) return undefined
  const perTryTimeout = textOf(retries['perTryTimeout'])
  const retryOn = textOf(retries['retryOn'])
  return {
    attempts: numberOf(retries['attempts']) ?? 0,
    ...(perTryTimeout === undefined ? {} : { perTryTimeout }),
    ...(retryOn === undefined ? {} : { retryOn }),
  }
}

function readFault(fault: Fields): FaultFields {
  const delay = optionalFields(fault['delay'])
  const abort = optionalFields(fault['abort'])
  const share = (fields: Fields): number =>
    numberOf(fieldsOf(fields['percentage'])['value']) ?? numberOf(fields['percent']) ?? 0
  return {
    ...(delay && {
      delay: { percentage: share(delay), fixedDelay: textOf(delay['fixedDelay']) ?? '' },
    }),
    ...(abort && { abort: { percentage: share(abort), httpStatus: numberOf(abort['httpStatus']) ?? 0 } }),
  }
}

function readMirror(rule: Fields): MirrorFields | undefined {
  const mirror = optionalFields(rule['mirror'])
  if (mirror === undefined) return undefined
  const { host, subset, port } = readDestination(mirror, 0, 0)
  return {
    host,
    ...(subset === '' ? {} : { subset }),
    ...(port === undefined ? {} : { port }),
    percentage: numberOf(fieldsOf(rule['mirrorPercentage'])['value']) ?? 100,
  }
}

function actionOf(rule: Fields): string {
  const redirect = optionalFields(rule['redirect'])
  if (redirect !== undefined)
    return `redirects to ${[textOf(redirect['authority']), textOf(redirect['uri'])].join('')}`
  const direct = optionalFields(rule['directResponse'])
  if (direct !== undefined) return `answers ${String(numberOf(direct['status']) ?? 200)} itself`
  const delegate = optionalFields(rule['delegate'])
  if (delegate !== undefined) return `delegates to VirtualService ${textOf(delegate['name']) ?? ''}`
  return ''
}
