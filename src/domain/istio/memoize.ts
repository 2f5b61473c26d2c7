/**
 * Remembers what is computed from an immutable owner for as long as the owner lives: a mesh's indexes are made
 * when they are first asked for, and go with the mesh.
 */
export function memoize<Owner extends object, Result>(
  compute: (owner: Owner) => Result,
): (owner: Owner) => Result {
  const results = new WeakMap<Owner, { readonly result: Result }>()
  return owner => {
    const known = results.get(owner)
    if (known !== undefined) return known.result
    const result = compute(owner)
    results.set(owner, { result })
    return result
  }
}

/** As `memoize`, for results that a key tells apart. */
export function memoizeByKey<Owner extends object, Arguments extends readonly unknown[], Result>(
  keyOf: (...given: Arguments) => string,
  compute: (owner: Owner, ...given: Arguments) => Result,
): (owner: Owner, ...given: Arguments) => Result {
  const tableOf = memoize((_owner: Owner) => new Map<string, Result>())
  return (owner, ...given) => {
    const table = tableOf(owner)
    const key = keyOf(...given)
    if (table.has(key)) return table.get(key) as Result
    const result = compute(owner, ...given)
    table.set(key, result)
    return result
  }
}
