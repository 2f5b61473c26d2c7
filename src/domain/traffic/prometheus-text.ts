/** One line of a metrics page. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' }
/** A value as it is written: a decimal number; `NaN` and infinities count nothing. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const [, name, value] of text.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g))
    if (name !== undefined && value !== undefined)
      labels[name] = value.includes('\\') ? value.replace(/\\(.)/g, (_, c: string) => ESCAPES[c] ?? c) : value
  return labels
}

/** Where the braces of a line close: quoted values may have braces of their own, and an exemplar behind has more. */
function closingBrace(line: string, open: number): number {
  let isQuoted = false
  for (let index = open + 1; index < line.length; index += 1) {
    const code = line.charCodeAt(index)
    if (code === 0x5c) index += 1
    else if (code === 0x22) isQuoted = !isQuoted
    else if (code === 0x7d && !isQuoted) return index
  }
  return -1
}

/**
 * The samples of a metrics page whose names begin with one of `prefixes`; other lines, comments and lines that are
 * not samples are passed over. A series that stands there twice counts once, as its last line says.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function parsePrometheusText(text: string, prefixes: readonly string[]): Sample[] {
  const samples = new Map<string, Sample>()
  for (const line of text.split('\n')) {
    if (!prefixes.some(prefix => line.startsWith(prefix))) continue
    const brace = line.indexOf('{')
    const space = line.indexOf(' ')
    const open = brace !== -1 && (space === -1 || brace < space) ? brace : -1
    const close = open === -1 ? -1 : closingBrace(line, open)
    const end = open === -1 ? space : close + 1
    if (end <= 0) continue
    const [written = ''] = line.slice(end).trim().split(/\s+/, 1)
    if (!NUMBER.test(written)) continue
    samples.set(line.slice(0, end), {
      name: line.slice(0, open === -1 ? end : open),
      labels: open === -1 ? {} : parseLabels(line.slice(open + 1, close)),
      value: Number(written),
    })
  }
  return [...samples.values()]
}
