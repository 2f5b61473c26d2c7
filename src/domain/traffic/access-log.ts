import { optionalFields } from '../istio/fields/read-fields.ts'

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

/** RFC 9110, section 5.6.2: what a method may be made of. */
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** A host with or without a port; an IPv6 address is in brackets. */
const AUTHORITY = /^(?:\[[0-9A-Fa-f:.%]+\]|[^\s"\\/?#@[\]:]+)(?::\d{1,5})?$/
const ADDRESS = /^(?:\[[0-9A-Fa-f:.%]+\]|[0-9.]+):\d{1,5}$/
const NAME = /^[^\s"\\/?#@[\]:]+$/

interface Fields {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly code: string | undefined
  readonly flags: string | undefined
  readonly authority: string | undefined
  readonly cluster: string | undefined
  readonly downstreamLocal: string | undefined
  readonly downstreamRemote: string | undefined
  readonly serverName: string | undefined
}

/** The line of some fields; undefined where one of them is not what such a field can be. */
function build(fields: Fields): AccessLogLine | undefined {
  const { method, path, code, flags, authority } = fields
  if (method === undefined || path === undefined || code === undefined || authority === undefined)
    return undefined
  if (!METHOD.test(method) || method === '-' || !/^(?:\/\S*|\*)$/.test(path)) return undefined
  if (!/^\d{1,3}$/.test(code) || !AUTHORITY.test(authority) || authority === '-') return undefined
  const { cluster, downstreamLocal, downstreamRemote, serverName } = {
    cluster: known(fields.cluster),
    downstreamLocal: known(fields.downstreamLocal),
    downstreamRemote: known(fields.downstreamRemote),
    serverName: known(fields.serverName),
  }
  const isAddress = (text: string | undefined): boolean => text === undefined || ADDRESS.test(text)
  if (!isAddress(downstreamLocal) || !isAddress(downstreamRemote)) return undefined
  if (serverName !== undefined && !NAME.test(serverName)) return undefined
  return {
    method,
    path,
    code,
    flags: flags ?? '-',
    authority,
    ...(cluster === undefined ? {} : { cluster }),
    ...(downstreamLocal === undefined ? {} : { downstreamLocal }),
    ...(downstreamRemote === undefined ? {} : { downstreamRemote }),
    ...(serverName === undefined ? {} : { serverName }),
  }
}

/**
 * The fields of Istio's text format, all of them and nothing else. Envoy writes what a caller sends as it is, so a line
 * with one quote or one word more than the format has is of a caller who put it there, and tells nothing for sure.
 * Source: `EnvoyTextLogFormat` in istio's pilot/pkg/model/telemetry_logging.go
 */
const TEXT = new RegExp(
  [
    String.raw`^\[[^\]\s]+\]`, // START_TIME
    '"([^" ]+) ([^" ]+) [^" ]+"', // METHOD, PATH, PROTOCOL
    String.raw`(\d+)`, // RESPONSE_CODE
    String.raw`([^"\s]+)`, // RESPONSE_FLAGS
    String.raw`[^"\s]+`, // RESPONSE_CODE_DETAILS
    String.raw`[^"\s]+`, // CONNECTION_TERMINATION_DETAILS
    '"[^"]*"', // UPSTREAM_TRANSPORT_FAILURE_REASON
    String.raw`\d+ \d+ \d+ (?:\d+|-)`, // bytes, duration, upstream's duration
    '"[^"]*" "[^"]*" "[^"]*"', // X-FORWARDED-FOR, USER-AGENT, X-REQUEST-ID
    '"([^"]*)"', // AUTHORITY
    String.raw`"[^"\s]*"`, // UPSTREAM_HOST
    String.raw`([^"\s]+) [^"\s]+ ([^"\s]+) ([^"\s]+) ([^"\s]+) [^"\s]+$`, // CLUSTER, addresses, server name, route
  ].join(' '),
)

function parseText(line: string): AccessLogLine | undefined {
  const found = TEXT.exec(line.trimEnd())
  if (found === null) return undefined
  const [, method, path, code, flags, authority, cluster, downstreamLocal, downstreamRemote, serverName] =
    found
  return build({
    method,
    path,
    code,
    flags,
    authority,
    cluster,
    downstreamLocal,
    downstreamRemote,
    serverName,
  })
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
  return build({
    method: read('method'),
    path: read('path'),
    code: read('response_code'),
    flags: read('response_flags'),
    authority: read('authority'),
    cluster: read('upstream_cluster'),
    downstreamLocal: read('downstream_local_address'),
    downstreamRemote: read('downstream_remote_address'),
    serverName: read('requested_server_name'),
  })
}
