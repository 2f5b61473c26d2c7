interface LogLine {
  readonly at: number
  readonly text: string
}

export interface LogReading {
  readonly isFollowed: boolean
  readonly tailLines?: number
  readonly since?: number
  readonly hasTimestamps: boolean
}

const limit = 4000

/** The last lines of a container, and those that come while someone follows. */
export class LogBuffer {
  #lines: LogLine[] = []
  readonly #followers = new Set<() => void>()
  #first = 0
  #isClosed = false

  add(at: number, text: string): void {
    this.#lines.push({ at, text })
    // Cut rarely: moving the array for each line would cost more than the lines.
    if (this.#lines.length > limit * 1.25) {
      const surplus = this.#lines.length - limit
      this.#lines = this.#lines.slice(surplus)
      this.#first += surplus
    }
    for (const wake of this.#followers) wake()
  }

  close(): void {
    this.#isClosed = true
    for (const wake of this.#followers) wake()
  }

  async *read(
    { isFollowed, tailLines, since, hasTimestamps }: LogReading,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const end = this.#first + this.#lines.length
    let position = tailLines === undefined ? this.#first : Math.max(this.#first, end - tailLines)
    for (;;) {
      while (position < this.#first + this.#lines.length && !signal.aborted) {
        position = Math.max(position, this.#first)
        const line = this.#lines[position - this.#first]
        position += 1
        if (line === undefined || (since !== undefined && line.at < since)) continue
        yield hasTimestamps ? `${nanoseconds(line.at)} ${line.text}` : line.text
      }
      if (!isFollowed || this.#isClosed || signal.aborted) return
      await this.#next(signal)
    }
  }

  async #next(signal: AbortSignal): Promise<void> {
    await new Promise<void>(resolve => {
      const wake = (): void => {
        this.#followers.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#followers.add(wake)
      signal.addEventListener('abort', wake)
    })
  }
}

/** RFC 3339 with nanoseconds, as the kubelet writes it before each line. */
const nanoseconds = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().slice(0, -1)}${String(Math.floor((milliseconds % 1) * 1e6)).padStart(6, '0')}Z`
