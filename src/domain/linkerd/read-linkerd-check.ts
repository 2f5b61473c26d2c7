/** One line of `linkerd check`. */
export interface LinkerdCheck {
  readonly category: string
  readonly description: string
  readonly result: 'success' | 'warning' | 'error'
  /** A page that says what to do. */
  readonly hint?: string
  readonly error?: string
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/**
 * Reads `linkerd check -o json`; undefined where the text is something else.
 * Source: linkerd2, pkg/healthcheck/healthcheck_output.go, CheckResults
 */
export function readLinkerdCheck(text: string): readonly LinkerdCheck[] | undefined {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(answer) || !Array.isArray(answer['categories'])) return undefined
  return answer['categories'].filter(isRecord).flatMap(category =>
    listOf(category['checks'])
      .filter(isRecord)
      .map(check => {
        const hint = textOf(check['hint'])
        const error = textOf(check['error'])
        return {
          category: textOf(category['categoryName']),
          description: textOf(check['description']),
          result: check['result'] === 'success' || check['result'] === 'warning' ? check['result'] : 'error',
          ...(hint === '' ? {} : { hint }),
          ...(error === '' ? {} : { error }),
        }
      }),
  )
}
