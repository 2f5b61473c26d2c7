import { isRecord } from '../../is-record.ts'
/** One line of `linkerd check`. */
export interface LinkerdCheck {
  readonly category: string
  readonly description: string
  readonly result: 'success' | 'warning' | 'error'
  /** A page that says what to do; https only, as it becomes a link. */
  readonly hint?: string
  /** What the program said, untouched. */
  readonly error?: string
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/**
 * Reads what `linkerd check` prints, as JSON or as its table; undefined where the text is something else.
 * Source: linkerd2, pkg/healthcheck/healthcheck_output.go, CheckResults
 */
export function readLinkerdCheck(text: string): readonly LinkerdCheck[] | undefined {
  const found = text.trimStart().startsWith('{') ? readAnswers(text) : readTable(text)
  return found.length === 0 ? undefined : found
}

/** The core's answer and one of each extension stand behind each other. Source: linkerd2#7960. */
function readAnswers(text: string): readonly LinkerdCheck[] {
  return splitObjects(text).flatMap(part => {
    let answer: unknown
    try {
      answer = JSON.parse(part)
    } catch {
      return []
    }
    if (!isRecord(answer)) return []
    return listOf(answer['categories'])
      .filter(isRecord)
      .flatMap(category =>
        listOf(category['checks'])
          .filter(isRecord)
          .map(check => {
            const { result } = check
            return describe(
              textOf(category['categoryName']),
              textOf(check['description']),
              // What a later version may say is not taken for success.
              result === 'success' || result === 'warning' ? result : 'error',
              textOf(check['hint']),
              textOf(check['error']),
            )
          }),
      )
  })
}

/** Texts of the JSON objects that stand behind each other. */
function splitObjects(text: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  let isInText = false
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]
    if (isInText) {
      if (sign === '\\') at += 1
      else if (sign === '"') isInText = false
    } else if (sign === '"') isInText = true
    else if (sign === '{') {
      if (depth === 0) start = at
      depth += 1
    } else if (sign === '}') {
      depth -= 1
      if (depth === 0) parts.push(text.slice(start, at + 1))
    }
  }
  return parts
}

const MARKS = { '√': 'success', '✔': 'success', '‼': 'warning', '×': 'error', '✘': 'error' } as const
const MARKED = /^(?<mark>[√✔‼×✘]) (?<description>.+)$/
const HINT = /^see (?<hint>\S+) for hints$/
const COLOURS = /\u001b\[[0-9;]*m/g

function readTable(text: string): readonly LinkerdCheck[] {
  const checks: LinkerdCheck[] = []
  let category = ''
  const lines = text.replaceAll(COLOURS, '').split(/\r?\n/)
  for (const [index, line] of lines.entries()) {
    const { mark, description = '' } = MARKED.exec(line)?.groups ?? {}
    const last = checks.at(-1)
    if (mark !== undefined)
      checks.push(describe(category, description, MARKS[mark as keyof typeof MARKS], '', ''))
    else if (/^\s+\S/.test(line) && last && last.result !== 'success') {
      const hint = HINT.exec(line.trim())?.groups?.['hint']
      const error = hint === undefined ? [last.error, line.trim()].filter(Boolean).join('\n') : last.error
      checks[checks.length - 1] = describe(
        last.category,
        last.description,
        last.result,
        hint ?? last.hint ?? '',
        error ?? '',
      )
    } else if (/^-+$/.test(lines[index + 1] ?? '')) category = line.trim()
  }
  return checks
}

const describe = (
  category: string,
  description: string,
  result: LinkerdCheck['result'],
  hint: string,
  error: string,
): LinkerdCheck => ({
  category,
  description,
  result,
  ...(hint.startsWith('https://') ? { hint } : {}),
  ...(error === '' ? {} : { error }),
})

/** Checks by category, in the order of the program. */
export function groupChecks(
  checks: readonly LinkerdCheck[],
): readonly { readonly category: string; readonly checks: readonly LinkerdCheck[] }[] {
  const groups = new Map<string, LinkerdCheck[]>()
  for (const check of checks) {
    const group = groups.get(check.category)
    if (group) group.push(check)
    else groups.set(check.category, [check])
  }
  return [...groups].map(([category, members]) => ({ category, checks: members }))
}
