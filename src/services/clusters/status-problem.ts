import type { Problem, ProblemCode } from '../../domain/problem.ts'

const codes: Readonly<Record<number, ProblemCode>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'unsupported',
  409: 'conflict',
  410: 'gone',
  415: 'unsupported',
  422: 'invalid',
}

const hints: Partial<Record<ProblemCode, string>> = {
  forbidden: 'Ask for a Role or ClusterRole that allows it, or use another context.',
  unauthorized: 'Log in again with the tool that made the kubeconfig.',
  unreachable: 'The server is busy or starting; it is tried again.',
}

/** What a status means where the server does not say it itself; the status and the body are behind the details. */
const meanings: Partial<Record<ProblemCode, string>> = {
  forbidden: "You don't have permission to do this",
  unauthorized: 'The API server did not accept the credentials',
  'not-found': 'The API server has no such resource',
  unsupported: 'The API server does not support this request',
  conflict: 'The object was changed by someone else in the meantime',
  gone: 'The API server no longer has what was asked for',
  unreachable: 'The API server is busy or starting',
}

const statusLine = (status: number): string => `HTTP ${String(status)}`

/** Whether a problem is an answer of this status that the server gave no reason for. */
export const isBareStatus = ({ raw }: Problem, status: number): boolean =>
  raw?.split('\n')[0] === statusLine(status)

/** The problem in an answer that is not 2xx: the server's own words from its Status, or its text. */
export function statusProblem(status: number, body: string): Problem {
  const code = codes[status] ?? (status === 429 || status >= 500 ? 'unreachable' : 'invalid')
  const { message, field } = readStatus(body)
  const hint = hints[code]
  return {
    code,
    message: message ?? meanings[code] ?? 'The API server did not accept the request',
    ...(field === undefined ? {} : { at: field }),
    ...(hint === undefined ? {} : { hint }),
    ...rawOf(status, body, message !== undefined),
  }
}

function rawOf(status: number, body: string, isExplained: boolean): { raw?: string } {
  const text = body.slice(0, 20_000)
  if (isExplained) return { raw: text }
  return { raw: text === '' ? statusLine(status) : `${statusLine(status)}\n\n${text}` }
}

/** Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
function readStatus(body: string): { message?: string; field?: string } {
  let status: unknown
  try {
    status = JSON.parse(body)
  } catch {
    // Not from the API server but from something before it: the text itself is shown.
    return {}
  }
  const { message, details } = (status ?? {}) as { message?: unknown; details?: { causes?: unknown } }
  const causes = Array.isArray(details?.causes) ? (details.causes as { field?: unknown }[]) : []
  const field = causes.length === 1 ? causes[0]?.field : undefined
  return {
    ...(typeof message === 'string' && message !== '' ? { message } : {}),
    ...(typeof field === 'string' && field !== '' ? { field } : {}),
  }
}
