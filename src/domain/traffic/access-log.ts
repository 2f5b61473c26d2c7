import { optionalFields } from '../mesh/read-fields.ts'

/** What a proxy's access log says of one request. */
export interface AccessLogLine {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly code: string
  readonly flags: string
  readonly authority: string
  /** Envoy's cluster; absent where the request was sent nowhere. */
  readonly cluster?: string
  /** `10.0.0.1:51234` of the caller. */
  readonly downstreamRemote?: string
  /** `10.0.0.1:80`, where the request came in. */
  readonly downstreamLocal?: string
  readonly serverName?: string
}

/**
 * A line of Istio's default text format, or of its JSON format; undefined for what is neither, such as a line of the
 * agent. Source: https://istio.io/latest/docs/tasks/observability/logs/access-log/#default-access-log-format
 */
export function parseAccessLog(line: string): AccessLogLine | undefined {
  return line.startsWith('{') ? parseJson(line) : parseText(line)
}

const known = (text: string | undefined): string | undefined =>
  text === undefined || text === '-' || text === '' ? undefined : text

function build(
  request: readonly (string | undefined)[],
  [code, flags, authority, cluster, downstreamLocal, downstreamRemote, serverName]: readonly (
    string | undefined
  )[],
): AccessLogLine | undefined {
  const [method, path] = request.map(known)
  const host = known(authority)
  if (method === undefined || path === undefined || host === undefined || code === undefined) return undefined
  const optional = { cluster, downstreamLocal, downstreamRemote, serverName }
  const rest = Object.fromEntries(
    Object.entries(optional).flatMap(([key, value]) => {
      const text = known(value)
      return text === undefined ? [] : [[key, text]]
    }),
  )
  return { method, path, code, flags: flags ?? '-', authority: host, ...rest }
}

/** Words and quoted texts of a line, in order. */
const WORDS = /"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\S+)/g

function parseText(line: string): AccessLogLine | undefined {
  if (!line.startsWith('[')) return undefined
  const words = [...line.matchAll(WORDS)].map(([, quoted, bracketed, plain]) => quoted ?? bracketed ?? plain)
  // time, request, code, flags, details, failure, (…) authority, host, cluster, local, local, remote, name, route
  if (words.length < 22) return undefined
  const picked = [2, 3, 14, 16, 18, 19, 20].map(index => words[index])
  return build((words[1] ?? '').split(' '), picked)
}

function parseJson(line: string): AccessLogLine | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    // A line that was cut, or JSON-like text of the application: it is no access log.
    return undefined
  }
  const fields = optionalFields(parsed)
  if (fields === undefined) return undefined
  const read = (name: string): string | undefined => {
    const value = fields[name]
    return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
  }
  return build(
    [read('method'), read('path')],
    [
      'response_code',
      'response_flags',
      'authority',
      'upstream_cluster',
      'downstream_local_address',
      'downstream_remote_address',
      'requested_server_name',
    ].map(read),
  )
}
