import { isObject, isSameJson } from './json.ts'
import { badRequest, unprocessable } from './status-error.ts'

// The server does not say which operation failed.
const refusal = 'the server rejected our request due to an error in our request'

const refuse = (): never => {
  throw unprocessable(refusal)
}

/** The value with the operations of RFC 6902 done, in order; all or none. */
export function applyJsonPatch(original: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    )
  return (patch as readonly unknown[]).reduce(applyOperation, original)
}

function applyOperation(document: unknown, operation: unknown): unknown {
  if (!isObject(operation)) return refuse()
  const path = pointerOf(operation['path'])
  switch (operation['op']) {
    case 'add':
      return put(document, path, operation['value'], 'add')
    case 'replace':
      read(document, path)
      return put(document, path, operation['value'], 'replace')
    case 'remove':
      return remove(document, path)
    case 'move': {
      const from = pointerOf(operation['from'])
      return put(remove(document, from), path, read(document, from), 'add')
    }
    case 'copy':
      return put(document, path, read(document, pointerOf(operation['from'])), 'add')
    case 'test':
      return isSameJson(readOrNull(document, path), operation['value'] ?? null) ? document : refuse()
    default:
      return refuse()
  }
}

/** RFC 6901: `~1` is a slash, `~0` a tilde. */
function pointerOf(pointer: unknown): readonly string[] {
  if (typeof pointer !== 'string') return refuse()
  if (pointer === '') return []
  if (!pointer.startsWith('/')) return refuse()
  return pointer
    .slice(1)
    .split('/')
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const indexOf = (list: readonly unknown[], part: string, limit: number): number => {
  const index = /^-?\d+$/.test(part) ? Number(part) : NaN
  const at = index < 0 ? index + list.length : index
  return at >= 0 && at < limit ? at : refuse()
}

function child(value: unknown, part: string): unknown {
  if (Array.isArray(value)) return (value as readonly unknown[])[indexOf(value, part, value.length)]
  return isObject(value) && Object.hasOwn(value, part) ? value[part] : refuse()
}

const read = (document: unknown, path: readonly string[]): unknown => path.reduce(child, document)

/** A test of a field that is not there compares with null. */
function readOrNull(document: unknown, path: readonly string[]): unknown {
  const last = path.at(-1)
  if (last === undefined) return document
  const parent = read(document, path.slice(0, -1))
  return isObject(parent) ? (parent[last] ?? null) : child(parent, last)
}

/** The value with what `change` makes of the parent of the path's last part. */
function changeParent(
  value: unknown,
  path: readonly string[],
  change: (parent: unknown, part: string) => unknown,
): unknown {
  const [part, ...rest] = path
  if (part === undefined) return refuse()
  if (rest.length === 0) return change(value, part)
  const changed = changeParent(child(value, part), rest, change)
  if (Array.isArray(value))
    return (value as readonly unknown[]).with(indexOf(value, part, value.length), changed)
  return isObject(value) ? { ...value, [part]: changed } : refuse()
}

function put(document: unknown, path: readonly string[], value: unknown, mode: 'add' | 'replace'): unknown {
  if (path.length === 0) return value
  return changeParent(document, path, (parent, part) => {
    if (isObject(parent)) return { ...parent, [part]: value }
    if (!Array.isArray(parent)) return refuse()
    const list = parent as readonly unknown[]
    if (mode === 'replace') return list.with(indexOf(list, part, list.length), value)
    return list.toSpliced(part === '-' ? list.length : indexOf(list, part, list.length + 1), 0, value)
  })
}

function remove(document: unknown, path: readonly string[]): unknown {
  read(document, path)
  return changeParent(document, path, (parent, part) => {
    if (Array.isArray(parent))
      return (parent as readonly unknown[]).toSpliced(indexOf(parent, part, parent.length), 1)
    return isObject(parent)
      ? Object.fromEntries(Object.entries(parent).filter(([name]) => name !== part))
      : refuse()
  })
}
