/** Reads a value along field names; undefined where the way ends. */
export function readPath(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = (current as Record<string | number, unknown>)[step]
  }
  return current
}

export const readText = (value: unknown, ...path: readonly (string | number)[]): string =>
  showValue(readPath(value, ...path))

export function readList(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = readPath(value, ...path)
  return Array.isArray(found) ? found : []
}

export const readNumber = (value: unknown, ...path: readonly (string | number)[]): number => {
  const found = readPath(value, ...path)
  return typeof found === 'number' ? found : 0
}

/** A value as a cell shows it. */
export function showValue(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return JSON.stringify(value)
}

/**
 * Evaluates the JSONPath of a printer column: fields, `[0]`, `[*]`, and the filter `[?(@.a=="b")]`.
 * Source: https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
export function readColumn(object: unknown, path: string): string {
  const steps =
    path
      .replace(/^\{?\$?/, '')
      .replace(/\}$/, '')
      .match(STEP) ?? []
  let values: readonly unknown[] = [object]
  for (const step of steps) values = values.flatMap(value => takeStep(value, step))
  return values
    .map(showValue)
    .filter(text => text !== '')
    .join(',')
}

const STEP = /\[\?\([^)]*\)\]|\[[^\]]*\]|(?:\\.|[^.[\]\\])+/g
const FILTER = /^\[\?\(\s*@\.([\w.-]+)\s*==\s*["']([^"']*)["']\s*\)\]$/

function takeStep(value: unknown, step: string): readonly unknown[] {
  const filter = FILTER.exec(step)
  if (filter !== null) {
    const [, field = '', wanted] = filter
    return asList(value).filter(item => readText(item, ...field.split('.')) === wanted)
  }
  if (step === '[*]') return asList(value)
  const name = step.startsWith('[')
    ? step.slice(1, -1).replaceAll(/^['"]|['"]$/g, '')
    : step.replaceAll('\\.', '.')
  const found = readPath(value, Array.isArray(value) ? Number(name) : name)
  return found === undefined ? [] : [found]
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
