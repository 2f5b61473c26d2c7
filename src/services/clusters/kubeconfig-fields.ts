type Fields = Readonly<Record<string, unknown>>
export type FieldPath = readonly (string | number)[]

/** A value of a kubeconfig that kubectl would not decode, with its place. */
export class FieldError extends Error {
  readonly path: FieldPath

  constructor(path: FieldPath, reason: string) {
    super(`${formatPath(path)} ${reason}`)
    this.name = 'FieldError'
    this.path = path
  }
}

/**
 * Reads fields as client-go's decoder does: null and absent are empty, any other type than the declared one fails.
 * A value that is dropped in silence could be the one that narrows what the user may do.
 */
export interface FieldReader {
  text(key: string): string
  flag(key: string): boolean
  texts(key: string): readonly string[]
  /** Base64, checked and without line breaks. */
  base64(key: string): string
  /** Undefined where the field is null or absent. */
  fields(key: string): FieldReader | undefined
  list(key: string): readonly FieldReader[]
  /** The keys of the object itself. */
  keys(): readonly string[]
  raw(key: string): unknown
}

export function readFields(value: unknown, path: FieldPath = []): FieldReader {
  if (value !== null && value !== undefined && (typeof value !== 'object' || Array.isArray(value)))
    throw new FieldError(path, 'is not a mapping')
  const fields = (value ?? {}) as Fields
  const at = (key: string): unknown => (Object.hasOwn(fields, key) ? fields[key] : undefined)
  const items = (key: string): readonly unknown[] => {
    const list = at(key) ?? []
    if (!Array.isArray(list)) throw new FieldError([...path, key], 'is not a list')
    return list
  }
  const textOf = (text: unknown, place: FieldPath): string => {
    if (text === null || text === undefined) return ''
    if (typeof text !== 'string') throw new FieldError(place, 'is not a text: put it in quotes')
    return text
  }
  return {
    text: key => textOf(at(key), [...path, key]),
    flag(key) {
      const flag = at(key) ?? false
      if (typeof flag !== 'boolean') throw new FieldError([...path, key], 'must be true or false')
      return flag
    },
    texts: key => items(key).map((item, index) => textOf(item, [...path, key, index])),
    base64(key) {
      const text = textOf(at(key), [...path, key]).replace(/[\r\n]/g, '')
      if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
        throw new FieldError([...path, key], 'is not base64')
      return text
    },
    fields(key) {
      const inner = at(key)
      return inner === null || inner === undefined ? undefined : readFields(inner, [...path, key])
    },
    list: key => items(key).map((item, index) => readFields(item, [...path, key, index])),
    keys: () => Object.keys(fields),
    raw: at,
  }
}

/** `users[0].user.as-groups`. */
const formatPath = (path: FieldPath): string =>
  path.length === 0
    ? 'the text'
    : path
        .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
        .join('')
