import { ProblemError } from '../problem.ts'
import type { Change } from './change.ts'
import type { Path } from './path.ts'
import { formatPath, valueAt } from './path.ts'

/** What a document says after a change; the value given stays as it was. */
export function applyToValue(value: unknown, change: Change): unknown {
  switch (change.kind) {
    case 'set':
      return update(value, change.path, () => change.value)
    case 'remove':
      return valueAt(value, change.path) === undefined ? value : update(value, change.path, () => undefined)
    case 'insert':
      return update(value, change.path, list => insertInto(list, change))
    case 'move':
      return update(value, change.path, list => {
        if (!Array.isArray(list) || change.from >= list.length || change.to >= list.length)
          throw new ProblemError({
            code: 'bad-input',
            message: `There is no list item to move in ${formatPath(change.path)}`,
          })
        const items: unknown[] = list.toSpliced(change.from, 1)
        return items.toSpliced(change.to, 0, list[change.from])
      })
    case 'rename':
      return update(value, change.path.slice(0, -1), fields => renameField(fields, change))
  }
}

/** A list that is missing or has no value is made; anything else than a list is not overwritten. */
function insertInto(list: unknown, change: Extract<Change, { kind: 'insert' }>): readonly unknown[] {
  const items: readonly unknown[] | undefined = Array.isArray(list) ? list : undefined
  const isPlace = Number.isInteger(change.index) && change.index >= 0 && change.index <= (items?.length ?? 0)
  if (!isPlace || (items === undefined && list !== undefined && list !== null))
    throw new ProblemError({
      code: 'bad-input',
      message: `${formatPath(change.path)} has no place ${String(change.index)} for a list item`,
    })
  return items === undefined ? [change.value] : items.toSpliced(change.index, 0, change.value)
}

function renameField(fields: unknown, { path, name }: Extract<Change, { kind: 'rename' }>): unknown {
  const key = path.at(-1)
  const isThere =
    typeof key === 'string' && typeof fields === 'object' && fields !== null && Object.hasOwn(fields, key)
  if (!isThere || (name !== key && Object.hasOwn(fields, name)))
    throw new ProblemError({
      code: 'bad-input',
      message: isThere
        ? `${formatPath(path)} cannot be renamed: there is a key ${JSON.stringify(name)} already`
        : `There is no key ${formatPath(path)} to rename`,
    })
  return Object.fromEntries(Object.entries(fields).map(([old, field]) => [old === key ? name : old, field]))
}

function update(value: unknown, path: Path, change: (value: unknown) => unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return change(value)
  if (typeof step === 'number') {
    const items: unknown[] = Array.isArray(value) ? value : []
    const item = update(items[step], rest, change)
    if (item === undefined) return items.toSpliced(step, 1)
    return step >= items.length ? [...items, item] : items.with(step, item)
  }
  const fields =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {}
  const entries = new Map(Object.entries(fields))
  const field = update(Object.hasOwn(fields, step) ? fields[step] : undefined, rest, change)
  if (field === undefined) entries.delete(step)
  else entries.set(step, field)
  return Object.fromEntries(entries)
}
