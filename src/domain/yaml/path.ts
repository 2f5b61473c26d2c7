/** A place inside a document: keys and indexes from the root. */
export type Path = readonly (string | number)[]

/** The path as text: `spec.http[0].route[1].weight`; keys that are no plain words are quoted in brackets. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path)
    if (typeof step === 'number') text += `[${String(step)}]`
    else if (/^[\w-]+$/.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step)}]`
  return text
}

/** The value at a path, or undefined where there is none. Own properties only, so that `__proto__` is nothing special. */
export function valueAt(value: unknown, path: Path): unknown {
  let current = value
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined
    current = (current as Record<string | number, unknown>)[step]
  }
  return current
}
