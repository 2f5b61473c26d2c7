import type { Edit } from '../../src/domain/edits/edit.ts'
import type { Path } from '../../src/domain/yaml/path.ts'
import { valueAt } from '../../src/domain/yaml/path.ts'

export type Generator = (below: number) => number

/** A small seeded generator (mulberry32), so that a failure can be repeated. */
export function createGenerator(seed: number): Generator {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const texts = [
  '/api',
  'beta',
  '^/v[0-9]+/.*$',
  'true',
  '12',
  '0x1F',
  '1e3',
  '1_000',
  '12:30:45',
  '2025-01-01',
  'a: b',
  "it's",
  'say "x"',
  '',
  ' ',
  'x # y',
  '#',
  'on',
  'NO',
  'y',
  'null',
  '~',
  '<<',
  '=',
  '*',
  '*.example.com',
  '&a',
  '!x',
  'é',
  '日本',
  '🚀',
  '- a',
  '-',
  '---',
  '...',
  '? a',
  'a,b',
  '[x]',
  '{x}',
  'a:',
  ':a',
  '|',
  '>',
  '%a',
  '@a',
  '`a`',
  'two\nlines',
  'ends\n',
  '\n',
  'tab\there',
  '\ttab',
  'cr\rhere',
  'back\\slash',
  '\u0000',
  '\u2028',
  '\u00a0',
  '\ufeff',
  'x'.repeat(200),
  'word '.repeat(40).trim(),
]
const keys = [
  'weight',
  'timeout',
  'name',
  'host',
  'port',
  'match',
  'trafficPolicy',
  'x-y.z/a',
  'a b',
  '',
  'true',
  '12',
  'null',
  '__proto__',
  'constructor',
  'é',
  '# no comment',
  'a: b',
  '- a',
  '"q"',
]

const pick = <Item>(items: readonly Item[], next: Generator): Item => items[next(items.length)] as Item

function anyScalar(next: Generator): unknown {
  const kind = next(10)
  if (kind < 6) return pick(texts, next)
  if (kind < 8) return pick([0, 1, 50, 8080, -3, 0.5, 1e21, 1e-7], next)
  return kind === 8 ? next(2) === 0 : null
}

/** Any JSON value, small. */
export function anyValue(next: Generator, depth = 2): unknown {
  const kind = depth === 0 ? 0 : next(6)
  if (kind < 3) return anyScalar(next)
  const items = Array.from({ length: next(4) }, () => anyValue(next, depth - 1))
  if (kind === 3) return items
  return Object.fromEntries(items.map(item => [pick(keys, next), item]))
}

function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inside = Object.entries(value).flatMap(([key, field]) =>
    pathsIn(field, [...path, Array.isArray(value) ? Number(key) : key]),
  )
  return [path, ...inside]
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !isList(value)

/** A general edit that the object allows; undefined where the die named one that it does not. */
export function anyEdit(object: unknown, next: Generator): Edit | undefined {
  const paths = pathsIn(object).slice(1)
  const at = (isWanted: (value: unknown) => boolean): Path | undefined => {
    const wanted = paths.filter(path => isWanted(valueAt(object, path)))
    return wanted.length === 0 ? undefined : pick(wanted, next)
  }
  switch (next(12)) {
    case 0:
    case 1: {
      const path = at(value => !isList(value) && !isFields(value))
      return path && { kind: 'setPath', path, value: anyScalar(next) }
    }
    case 2:
      return { kind: 'setPath', path: pick(paths, next), value: anyValue(next) }
    case 3:
    case 4: {
      const path = at(isFields)
      return path && { kind: 'setPath', path: [...path, pick(keys, next)], value: anyValue(next) }
    }
    case 5: {
      const path = at(value => isFields(value) || value === null)
      const deep = [pick(keys, next), pick(keys, next), ...(next(2) === 0 ? [0] : [])]
      if (path === undefined || valueAt(object, [...path, deep[0] ?? '']) !== undefined) return undefined
      return { kind: 'setPath', path: [...path, ...deep], value: anyValue(next, 1) }
    }
    case 6:
      return { kind: 'removePath', path: pick(paths, next), prune: next(3) }
    case 7:
    case 8: {
      const path = at(isList)
      const length = path === undefined ? 0 : (valueAt(object, path) as readonly unknown[]).length
      return path && { kind: 'insertItem', path, index: next(length + 1), value: anyValue(next) }
    }
    case 9: {
      const path = at(value => isList(value) && value.length > 0)
      const length = path === undefined ? 0 : (valueAt(object, path) as readonly unknown[]).length
      return path && { kind: 'removeItem', path, index: next(length), prune: next(2) }
    }
    case 10: {
      const path = at(value => isList(value) && value.length > 1)
      const length = path === undefined ? 0 : (valueAt(object, path) as readonly unknown[]).length
      return path && { kind: 'moveItem', path, from: next(length), to: next(length) }
    }
    default: {
      const path = pick(paths, next)
      const name = pick(keys, next)
      const isTaken = valueAt(object, [...path.slice(0, -1), name]) !== undefined
      return typeof path.at(-1) === 'string' && !isTaken ? { kind: 'renameKey', path, name } : undefined
    }
  }
}
