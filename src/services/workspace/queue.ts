/** Runs actions of one key one after another, so that a later write never ends before an earlier one. */
export function createQueue(): <Result>(key: string, action: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, Promise<unknown>>()
  return async (key, action) => {
    const before = last.get(key) ?? Promise.resolve()
    const own = before.then(action, action)
    last.set(key, own)
    try {
      return await own
    } finally {
      if (last.get(key) === own) last.delete(key)
    }
  }
}
