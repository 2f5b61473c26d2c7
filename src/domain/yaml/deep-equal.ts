/** Whether two JSON values say the same. The order of keys says nothing; a key that is undefined is absent. */
export function isDeepEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Array.isArray(one) || Array.isArray(other))
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, index) => isDeepEqual(item, other[index]))
    )
  const mine = Object.entries(one).filter(([, value]) => value !== undefined)
  const theirs = Object.entries(other).filter(([, value]) => value !== undefined)
  return (
    mine.length === theirs.length &&
    mine.every(
      ([key, value]) =>
        Object.hasOwn(other, key) && isDeepEqual(value, (other as Record<string, unknown>)[key]),
    )
  )
}
