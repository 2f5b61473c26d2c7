/**
 * What Envoy's response flags mean, in words.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#command-operators (RESPONSE_FLAGS)
 */
const FLAGS: Readonly<Record<string, string>> = {
  DC: 'the caller closed the connection',
  DI: 'delayed by an injected fault',
  DPE: 'the caller broke the protocol',
  FI: 'aborted by an injected fault',
  IH: 'refused because of a bad header value',
  LH: 'the local health check failed',
  LR: 'reset by this proxy',
  NC: 'the upstream cluster is not known',
  NFCF: 'no filter chain for the connection',
  NR: 'no route for the request',
  OM: 'the overload manager ended the request',
  RL: 'limited by the rate limit',
  SI: 'the stream was idle for too long',
  UAEX: 'denied by external authorization',
  UC: 'the upstream closed the connection',
  UF: 'the connection to the upstream failed',
  UH: 'no healthy upstream',
  UMSDR: 'the request took longer than allowed',
  UO: 'the circuit breaker was full',
  UPE: 'the upstream broke the protocol',
  UR: 'the upstream reset the stream',
  URX: 'all retries failed',
  UT: 'the upstream did not answer in time',
}

/** The words for flags such as `UO` or `URX,UF`; empty for none or unknown ones. */
export const explainFlags = (flags: string): string =>
  flags
    .split(',')
    .map(flag => FLAGS[flag])
    .filter(words => words !== undefined)
    .join(', ')
