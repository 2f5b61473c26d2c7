/** One line of a metrics page. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' }

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const [, name, value] of text.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g))
    if (name !== undefined && value !== undefined)
      labels[name] = value.includes('\\') ? value.replace(/\\(.)/g, (_, c: string) => ESCAPES[c] ?? c) : value
  return labels
}

/**
 * The samples of a metrics page whose names begin with one of `prefixes`; other lines, comments and lines that are
 * not samples are passed over.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function parsePrometheusText(text: string, prefixes: readonly string[]): Sample[] {
  const samples: Sample[] = []
  for (const line of text.split('\n')) {
    if (!prefixes.some(prefix => line.startsWith(prefix))) continue
    const open = line.indexOf('{')
    const close = line.lastIndexOf('}')
    const end = open === -1 ? line.indexOf(' ') : close + 1
    if (end <= 0 || (open !== -1 && close < open)) continue
    const value = Number(line.slice(end).trim().split(/\s+/)[0])
    if (Number.isNaN(value)) continue
    samples.push({
      name: line.slice(0, open === -1 ? end : open),
      labels: open === -1 ? {} : parseLabels(line.slice(open + 1, close)),
      value,
    })
  }
  return samples
}
