import type { GeneralEdit } from '../../src/domain/edits/invert-edit.ts'
import type { Path } from '../../src/domain/yaml/path.ts'

type Container = Record<string | number, unknown>

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null

const put = (container: Container, key: string | number, value: unknown): void => {
  Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true })
}
const get = (container: Container, key: string | number): unknown =>
  Object.hasOwn(container, key) ? container[key] : undefined

/** What an edit means for JSON, by the shortest code there is: the judge of the code that edits text. */
export function applyNaively(object: unknown, edit: GeneralEdit): unknown {
  const root = { root: structuredCloneOf(object) }
  const path: Path = ['root', ...edit.path]
  const open = (steps: Path, next: string | number): Container => {
    let current: Container = root
    steps.forEach((step, index) => {
      if (!isContainer(get(current, step)))
        put(current, step, typeof (steps[index + 1] ?? next) === 'number' ? [] : {})
      current = get(current, step) as Container
    })
    return current
  }
  const last = path.at(-1) ?? ''
  switch (edit.kind) {
    case 'setPath':
      put(open(path.slice(0, -1), last), last, edit.value)
      break
    case 'insertItem':
      ;(open(path, 0) as unknown as unknown[]).splice(edit.index, 0, edit.value)
      break
    case 'moveItem': {
      const list = open(path, 0) as unknown as unknown[]
      list.splice(edit.to, 0, ...list.splice(edit.from, 1))
      break
    }
    case 'removePath':
      remove(root, path, edit.prune ?? 0)
      break
    case 'removeItem':
      remove(root, [...path, edit.index], edit.prune ?? 0)
      break
    case 'renameKey': {
      const map = open(path.slice(0, -1), '')
      put(map, edit.name, get(map, last))
      if (edit.name !== last) Reflect.deleteProperty(map, last)
    }
  }
  return root.root
}

function remove(root: Container, path: Path, prune: number): void {
  const parent = path.slice(0, -1).reduce<Container>((current, step) => get(current, step) as Container, root)
  const last = path.at(-1) ?? ''
  const { length } = Object.keys(parent)
  if (length === 1 && prune > 0 && path.length > 2) remove(root, path.slice(0, -1), prune - 1)
  else if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else Reflect.deleteProperty(parent, last)
}

/** Also copies keys like `__proto__`, which structuredClone and JSON.parse keep but spreads would not. */
function structuredCloneOf(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}
