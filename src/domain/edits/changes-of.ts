import { fieldsOf, listOf } from '../istio/fields/read-fields.ts'
import type { Change } from '../yaml/change.ts'
import type { Path } from '../yaml/path.ts'
import { valueAt } from '../yaml/path.ts'
import { isDeepEqual } from '../yaml/deep-equal.ts'
import type { Condition, DestinationFields, Edit, FaultFields } from './edit.ts'
import { readBackendWeights, readWeights, withoutWeight } from './weights.ts'

/** The changes of an object that an edit stands for. */
export function changesOf(edit: Edit, object: unknown): readonly Change[] {
  switch (edit.kind) {
    case 'setWeights':
      return weightChanges(object, edit)
    case 'setMatch':
      return matchChanges(object, edit)
    case 'removeMatch':
      return removeCondition(object, edit.rule, edit.match, edit.condition)
    case 'addRule':
      return [{ kind: 'insert', path: ['spec', 'http'], index: edit.index, value: newRule(edit) }]
    case 'removeRule':
      return [{ kind: 'remove', path: rulePath(edit.rule) }]
    case 'moveRule':
      return [{ kind: 'move', path: ['spec', 'http'], from: edit.from, to: edit.to }]
    case 'addDestination':
      return addDestination(object, edit.rule, edit.destination)
    case 'removeDestination':
      return removeDestination(object, edit.rule, edit.index)
    case 'setDestination': {
      const path = [...rulePath(edit.rule), 'route', edit.index, 'destination']
      return mergeFields(object, path, destinationValue(edit.destination), ['host', 'subset', 'port'])
    }
    case 'setTimeout':
      return [setOrRemove([...rulePath(edit.rule), 'timeout'], edit.timeout)]
    case 'setRetries':
      return edit.retries === undefined
        ? [{ kind: 'remove', path: [...rulePath(edit.rule), 'retries'] }]
        : mergeFields(object, [...rulePath(edit.rule), 'retries'], { ...edit.retries }, [
            'attempts',
            'perTryTimeout',
            'retryOn',
          ])
    case 'setFault':
      return faultChanges(object, edit.rule, edit.fault)
    case 'setMirror':
      return mirrorChanges(edit.rule, edit.mirror)
    case 'setRuleName':
      return [setOrRemove([...rulePath(edit.rule), 'name'], edit.name)]
    case 'setHosts':
      return [{ kind: 'set', path: ['spec', 'hosts'], value: edit.hosts }]
    case 'setGateways':
      return [setOrRemove(['spec', 'gateways'], edit.gateways.length === 0 ? undefined : edit.gateways)]
    case 'addSubset': {
      const { length } = listOf(valueAt(object, ['spec', 'subsets']))
      const value = { name: edit.name, labels: edit.labels }
      return [{ kind: 'insert', path: ['spec', 'subsets'], index: length, value }]
    }
    case 'removeSubset':
      return removeWithEmptyParents(object, ['spec', 'subsets', edit.index], 1)
    case 'setSubset':
      return [
        { kind: 'set', path: ['spec', 'subsets', edit.index, 'name'], value: edit.name },
        { kind: 'set', path: ['spec', 'subsets', edit.index, 'labels'], value: edit.labels },
      ]
    case 'setTrafficPolicy': {
      const owner: Path = edit.subset === undefined ? ['spec'] : ['spec', 'subsets', edit.subset]
      const path = [...owner, 'trafficPolicy', ...edit.path]
      return edit.value === undefined
        ? removeWithEmptyParents(object, path, edit.path.length)
        : [{ kind: 'set', path, value: edit.value }]
    }
    case 'setPath':
      return [{ kind: 'set', path: edit.path, value: edit.value }]
    case 'removePath':
      return removeWithEmptyParents(object, edit.path, edit.prune ?? 0)
    case 'insertItem':
      return [{ kind: 'insert', path: edit.path, index: edit.index, value: edit.value }]
    case 'moveItem':
      return [{ kind: 'move', path: edit.path, from: edit.from, to: edit.to }]
    case 'removeItem':
      return removeWithEmptyParents(object, [...edit.path, edit.index], edit.prune ?? 0)
    case 'renameKey':
      return [{ kind: 'rename', path: edit.path, name: edit.name }]
  }
}

const rulePath = (rule: number): Path => ['spec', 'http', rule]

const setOrRemove = (path: Path, value: unknown): Change =>
  value === undefined ? { kind: 'remove', path } : { kind: 'set', path, value }

/** Sets the named fields of a map and leaves its others alone; those that are undefined are removed. */
function mergeFields(
  object: unknown,
  path: Path,
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
): readonly Change[] {
  if (valueAt(object, path) === undefined) return [{ kind: 'set', path, value: definedFields(value) }]
  return names.map(name => setOrRemove([...path, name], value[name]))
}

const definedFields = (value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined))

/** Removes what a path names, and up to `levels` parents that would be left empty. */
function removeWithEmptyParents(object: unknown, path: Path, levels: number): readonly Change[] {
  if (valueAt(object, path) === undefined) return []
  let target = path
  for (let level = 0; level < levels; level++) {
    const parent = valueAt(object, target.slice(0, -1))
    const size = Array.isArray(parent) ? parent.length : Object.keys(fieldsOf(parent)).length
    if (size !== 1) break
    target = target.slice(0, -1)
  }
  return [{ kind: 'remove', path: target }]
}

/** Only weights that differ from what Istio or the Gateway API already read are written. */
function weightChanges(object: unknown, edit: Extract<Edit, { kind: 'setWeights' }>): readonly Change[] {
  const { list = 'http', rule, weights } = edit
  const path: Path = ['spec', list, rule, list === 'rules' ? 'backendRefs' : 'route']
  const destinations = valueAt(object, path)
  const read = list === 'rules' ? readBackendWeights(destinations) : readWeights(destinations)
  return listOf(destinations).flatMap((_, index) => {
    const weight = weights[index]
    return weight === undefined || weight === read[index]
      ? []
      : [{ kind: 'set', path: [...path, index, 'weight'], value: weight }]
  })
}

/** Where a condition stands inside its match. */
export function conditionPath(condition: Condition): Path {
  return 'name' in condition ? [condition.field, condition.name] : [condition.field]
}

const conditionValue = (condition: Condition): unknown =>
  'text' in condition ? { [condition.text.how]: condition.text.value } : condition.value

function nestCondition(condition: Condition): unknown {
  return conditionPath(condition).reduceRight<unknown>(
    (value, step) => ({ [step]: value }),
    conditionValue(condition),
  )
}

type SetMatch = Extract<Edit, { kind: 'setMatch' }>

function matchChanges(object: unknown, { rule, match, condition, replaces }: SetMatch): readonly Change[] {
  const list: Path = [...rulePath(rule), 'match']
  const { length } = listOf(valueAt(object, list))
  if (match >= length) return [{ kind: 'insert', path: list, index: length, value: nestCondition(condition) }]
  const item: Path = [...list, match]
  const target = [...item, ...conditionPath(condition)]
  const set: Change = { kind: 'set', path: target, value: conditionValue(condition) }
  if (replaces === undefined || isDeepEqual(conditionPath(replaces), conditionPath(condition))) return [set]
  if ('name' in replaces && 'name' in condition && replaces.field === condition.field) {
    // The same map with another name: only the name changes, in its place.
    const path = [...item, condition.field]
    const fields = Object.entries(fieldsOf(valueAt(object, path)))
    const value = Object.fromEntries(
      fields.map(([name, old]) =>
        name === replaces.name ? [condition.name, conditionValue(condition)] : [name, old],
      ),
    )
    return [{ kind: 'set', path, value }]
  }
  const old = [...item, ...conditionPath(replaces)]
  return [set, ...removeWithEmptyParents(object, old, conditionPath(replaces).length - 1)]
}

function removeCondition(
  object: unknown,
  rule: number,
  match: number,
  condition: Condition,
): readonly Change[] {
  const path: Path = [...rulePath(rule), 'match', match, ...conditionPath(condition)]
  // An empty match would take every request, and an empty list of matches is the same as none: both go.
  return removeWithEmptyParents(object, path, conditionPath(condition).length + 1)
}

const destinationValue = ({ host, subset, port }: DestinationFields): Record<string, unknown> =>
  definedFields({ host, subset, port: port === undefined ? undefined : { number: port } })

function newRule(edit: Extract<Edit, { kind: 'addRule' }>): unknown {
  return definedFields({
    name: edit.name,
    match: edit.condition === undefined ? undefined : [nestCondition(edit.condition)],
    route: [{ destination: destinationValue(edit.destination) }],
  })
}

function addDestination(object: unknown, rule: number, destination: DestinationFields): readonly Change[] {
  const path: Path = [...rulePath(rule), 'route']
  const route = listOf(valueAt(object, path))
  const value = { destination: destinationValue(destination) }
  if (route.length === 0) return [{ kind: 'set', path, value: [value] }]
  // A single destination needs no weight; beside another it does.
  const first: readonly Change[] =
    route.length === 1 ? [{ kind: 'set', path: [...path, 0, 'weight'], value: 100 }] : []
  return [...first, { kind: 'insert', path, index: route.length, value: { ...value, weight: 0 } }]
}

function removeDestination(object: unknown, rule: number, index: number): readonly Change[] {
  const path: Path = [...rulePath(rule), 'route']
  const route = listOf(valueAt(object, path))
  const weights = withoutWeight(readWeights(route), index)
  const rest = route.toSpliced(index, 1)
  const changes = rest.flatMap((item, at): readonly Change[] => {
    const written = fieldsOf(item)['weight']
    const isNeeded = rest.length > 1 || written !== undefined
    return isNeeded && written !== weights[at] && !(written === undefined && weights[at] === 0)
      ? [{ kind: 'set', path: [...path, at, 'weight'], value: weights[at] }]
      : []
  })
  return [{ kind: 'remove', path: [...path, index] }, ...changes]
}

/** Percentages are messages with a `value`. Source: Istio's Percent. */
function faultChanges(object: unknown, rule: number, { delay, abort }: FaultFields): readonly Change[] {
  const path: Path = [...rulePath(rule), 'fault']
  const value = definedFields({
    delay: delay && { percentage: { value: delay.percentage }, fixedDelay: delay.fixedDelay },
    abort: abort && { percentage: { value: abort.percentage }, httpStatus: abort.httpStatus },
  })
  const isThere = valueAt(object, path) !== undefined
  if (Object.keys(value).length === 0) return isThere ? [{ kind: 'remove', path }] : []
  return [{ kind: 'set', path, value }]
}

function mirrorChanges(
  rule: number,
  mirror: Extract<Edit, { kind: 'setMirror' }>['mirror'],
): readonly Change[] {
  const path = rulePath(rule)
  if (mirror === undefined)
    return [
      { kind: 'remove', path: [...path, 'mirror'] },
      { kind: 'remove', path: [...path, 'mirrorPercentage'] },
    ]
  return [
    { kind: 'set', path: [...path, 'mirror'], value: destinationValue(mirror) },
    mirror.percentage === 100
      ? { kind: 'remove', path: [...path, 'mirrorPercentage'] }
      : { kind: 'set', path: [...path, 'mirrorPercentage'], value: { value: mirror.percentage } },
  ]
}
