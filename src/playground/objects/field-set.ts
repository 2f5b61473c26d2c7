import { isObject } from './json.ts'

/**
 * A set of the fields of an object, as a tree. Keys are those of FieldsV1: `f:NAME` a field, `k:{…}` an item of a
 * list by its keys, `v:VALUE` an item by its value.
 * Source: sigs.k8s.io/structured-merge-diff/fieldpath.
 */
export interface FieldSet {
  /** Whether the field at this place itself is in the set. */
  readonly isMember: boolean
  readonly children: ReadonlyMap<string, FieldSet>
}

export type FieldPath = readonly string[]

export const emptySet: FieldSet = { isMember: false, children: new Map() }

export const isEmptySet = (set: FieldSet): boolean => !set.isMember && set.children.size === 0

/** Collects paths; `set` is what they make. */
export class FieldSetBuilder {
  readonly #children = new Map<string, FieldSetBuilder>()
  #isMember = false

  insert(path: FieldPath): void {
    const [key, ...rest] = path
    if (key === undefined) {
      this.#isMember = true
      return
    }
    const child = this.#children.get(key) ?? new FieldSetBuilder()
    this.#children.set(key, child)
    child.insert(rest)
  }

  get set(): FieldSet {
    return {
      isMember: this.#isMember,
      children: new Map([...this.#children].map(([key, child]) => [key, child.set])),
    }
  }
}

export function setOfPaths(paths: readonly FieldPath[]): FieldSet {
  const builder = new FieldSetBuilder()
  for (const path of paths) builder.insert(path)
  return builder.set
}

/** Keeps only children that hold something. */
function node(isMember: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  return { isMember, children: new Map([...children].filter(([, child]) => !isEmptySet(child))) }
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  const children = new Map(left.children)
  for (const [key, child] of right.children) {
    const own = children.get(key)
    children.set(key, own === undefined ? child : union(own, child))
  }
  return { isMember: left.isMember || right.isMember, children }
}

export function difference(left: FieldSet, right: FieldSet): FieldSet {
  return node(
    left.isMember && !right.isMember,
    [...left.children].map(([key, child]): [string, FieldSet] => {
      const other = right.children.get(key)
      return [key, other === undefined ? child : difference(child, other)]
    }),
  )
}

/** As `difference`, and all below a member of the right goes too. */
export function differenceBelow(left: FieldSet, right: FieldSet): FieldSet {
  if (right.isMember) return emptySet
  return node(
    left.isMember,
    [...left.children].map(([key, child]): [string, FieldSet] => {
      const other = right.children.get(key)
      return [key, other === undefined ? child : differenceBelow(child, other)]
    }),
  )
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  return node(
    left.isMember && right.isMember,
    [...left.children].flatMap(([key, child]): [string, FieldSet][] => {
      const other = right.children.get(key)
      return other === undefined ? [] : [[key, intersection(child, other)]]
    }),
  )
}

/** The set with every field that holds a member. */
export function withParents(set: FieldSet): FieldSet {
  return {
    isMember: set.isMember || set.children.size > 0,
    children: new Map([...set.children].map(([key, child]) => [key, withParents(child)])),
  }
}

/** The members, a field before those below it. */
export function pathsOf(set: FieldSet, path: FieldPath = []): readonly FieldPath[] {
  return [
    ...(set.isMember ? [path] : []),
    ...[...set.children]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .flatMap(([key, child]) => pathsOf(child, [...path, key])),
  ]
}

export const isSameSet = (left: FieldSet, right: FieldSet): boolean =>
  isEmptySet(difference(left, right)) && isEmptySet(difference(right, left))

/** The set that an entry of managedFields holds. */
export function setOfFieldsV1(fields: unknown): FieldSet {
  if (!isObject(fields)) return emptySet
  const keys = Object.keys(fields)
  return {
    isMember: keys.length === 0 || keys.includes('.'),
    children: new Map(keys.filter(key => key !== '.').map(key => [key, setOfFieldsV1(fields[key])])),
  }
}

/** The set as an entry of managedFields holds it; `.` stands for the field itself where it has members below. */
export function fieldsV1Of(set: FieldSet): Record<string, unknown> {
  const children = [...set.children]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, child]): [string, unknown] => [key, fieldsV1Of(child)])
  return Object.fromEntries([
    ...(set.isMember && children.length > 0 ? [['.', {}] as const] : []),
    ...children,
  ])
}

/** A path as messages say it: `.spec.containers[name="web"].image`. */
export function pathText(path: FieldPath): string {
  return path
    .map(key => {
      const rest = key.slice(2)
      if (key.startsWith('f:')) return `.${rest}`
      if (key.startsWith('v:')) return `[=${rest}]`
      const keys: unknown = JSON.parse(rest)
      return isObject(keys)
        ? `[${Object.entries(keys)
            .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
            .join(',')}]`
        : `[${rest}]`
    })
    .join('')
}
