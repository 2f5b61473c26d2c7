const MINUTE = 60
const HOUR = 3_600
const DAY = 86_400

/** How old something is, as kubectl writes it: `45s`, `12m`, `3h`, `5d`, `2y`. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000))
  if (seconds < 2 * MINUTE) return `${seconds}s`
  if (seconds < 2 * HOUR) return `${Math.floor(seconds / MINUTE)}m`
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h`
  if (seconds < 365 * DAY) return `${Math.floor(seconds / DAY)}d`
  return `${Math.floor(seconds / (365 * DAY))}y`
}

/** In words: `just now`, `2 minutes ago`, `yesterday`. */
export function formatAgo(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000))
  if (seconds < 5) return 'just now'
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  if (seconds < MINUTE) return words.format(-seconds, 'second')
  if (seconds < HOUR) return words.format(-Math.floor(seconds / MINUTE), 'minute')
  if (seconds < DAY) return words.format(-Math.floor(seconds / HOUR), 'hour')
  return words.format(-Math.floor(seconds / DAY), 'day')
}
