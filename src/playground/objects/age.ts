/** A span as kubectl prints it: `5d3h`. Source: k8s.io/apimachinery/pkg/util/duration.HumanDuration. */
export function spanText(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 60 * 2) return `${String(seconds)}s`
  const minutes = Math.trunc(seconds / 60)
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's')
  if (minutes < 60 * 3) return `${String(minutes)}m`
  const hours = Math.trunc(minutes / 60)
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${String(hours)}h`
  const days = Math.trunc(hours / 24)
  if (hours < 24 * 8) return two(days, 'd', hours % 24, 'h')
  if (hours < 24 * 365 * 2) return `${String(days)}d`
  const years = Math.trunc(days / 365)
  return hours < 24 * 365 * 8 ? two(years, 'y', days % 365, 'd') : `${String(years)}y`
}

const two = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${String(large)}${largeUnit}` : `${String(large)}${largeUnit}${String(small)}${smallUnit}`

/** How long ago a time was; `<unknown>` where there is none. */
export function ageText(time: unknown, now: Date): string {
  const at = typeof time === 'string' ? Date.parse(time) : NaN
  return Number.isNaN(at) ? '<unknown>' : spanText(now.getTime() - at)
}
