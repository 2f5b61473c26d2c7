/** Work for a later moment of the simulated time. */
export class Completions {
  #waiting: { readonly at: number; readonly work: () => void }[] = []

  add(at: number, work: () => void): void {
    this.#waiting.push({ at, work })
  }

  /** Does what was due, in order. */
  runUntil(moment: number): void {
    const due = this.#waiting.filter(item => item.at <= moment)
    if (due.length === 0) return
    this.#waiting = this.#waiting.filter(item => item.at > moment)
    due.sort((one, other) => one.at - other.at)
    for (const { work } of due) work()
  }
}
