const milliseconds: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y

/**
 * A duration as Go and the Kubernetes API write it (`1.5s`, `1h30m`, `250ms`) in milliseconds; undefined for
 * text that is none. Source: https://pkg.go.dev/time#ParseDuration
 */
export function parseDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const sign = text.startsWith('-') ? -1 : 1
  const body = /^[+-]/.test(text) ? text.slice(1) : text
  if (body === '0') return 0
  if (body === '') return undefined
  let total = 0
  part.lastIndex = 0
  while (part.lastIndex < body.length) {
    const found = part.exec(body)
    if (found === null) return undefined
    total += Number(found[1]) * (milliseconds[found[2] ?? ''] ?? 0)
  }
  return sign * total
}

/** Milliseconds as a short Go duration: `1.5s`, `250ms`, `2m`. */
export function formatDuration(value: number): string {
  if (value !== 0 && value % 3_600_000 === 0) return `${String(value / 3_600_000)}h`
  if (value !== 0 && value % 60_000 === 0) return `${String(value / 60_000)}m`
  return Math.abs(value) >= 1000 ? `${String(value / 1000)}s` : `${String(value)}ms`
}
