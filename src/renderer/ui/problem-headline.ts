/** The part of a domain problem that is shown; `ui` knows nothing of the domain. */
export interface ShownProblem {
  readonly message: string
  readonly hint?: string
  readonly at?: string
  readonly line?: number
  readonly raw?: string
}

const MAX_LENGTH = 240
const FALLBACK = 'The request failed'

/** The sentence that a program put into its JSON, where it is at one of the usual places. */
function messageOf(json: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return undefined
  }
  const fieldsOf = (from: unknown): Readonly<Record<string, unknown>> =>
    typeof from === 'object' && from !== null ? (from as Readonly<Record<string, unknown>>) : {}
  const { message, error, msg, errors } = fieldsOf(value)
  const first = fieldsOf(Array.isArray(errors) ? errors[0] : undefined)
  return [message, msg, error, fieldsOf(error)['message'], first['msg'], first['message']].find(
    (each): each is string => typeof each === 'string' && each.trim() !== '',
  )
}

/**
 * A problem with a title in words: JSON, pages and stacks that came along in its message go to the details, which keep
 * everything.
 */
export function withHeadline<P extends ShownProblem>(problem: P): P {
  const message = problem.message.trim()
  const at = message.search(/[{[]\s*["{]|<(?:!doctype|html|\w+[ >/])|\n\s+at /i)
  const isBareStatus = /^(?:HTTP )?[1-5]\d\d\b/i.test(message)
  if (at === -1 && !isBareStatus && message.length <= MAX_LENGTH) return problem
  const before = (at === -1 ? message : message.slice(0, at)).replace(/[\s:,;(–-]+$/, '').trim()
  const own = at === -1 ? undefined : messageOf(message.slice(at))
  const isWords = before !== '' && !/^(?:HTTP )?[1-5]\d\d\b/i.test(before)
  const words = own === undefined ? (isWords ? before : FALLBACK) : isWords ? `${before}: ${own}` : own
  const raw = [message, problem.raw]
    .filter((part, index) => part && (index === 0 || part !== message))
    .join('\n\n')
  const [firstLine = words] = words.split('\n')
  const title = firstLine.length > MAX_LENGTH ? `${firstLine.slice(0, MAX_LENGTH - 1)}…` : firstLine
  return { ...problem, message: title, raw }
}
