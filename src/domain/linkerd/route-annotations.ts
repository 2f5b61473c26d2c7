import type { Decision, Retries } from '../routing/decision.ts'

type Annotations = Readonly<Record<string, string>>

const isOurs = (name: string): boolean => /^(retry|timeout)\.linkerd\.io\//.test(name)

/**
 * Timeouts and retries that annotations ask for. Those of a route take the place of its Service's, all together.
 * Source: https://linkerd.io/2/reference/retries/ and https://linkerd.io/2/reference/timeouts/
 */
export function readAnnotations(
  route: Annotations | undefined,
  service: Annotations | undefined,
): Partial<Pick<Decision, 'timeout' | 'retries'>> {
  const own = route !== undefined && Object.keys(route).some(isOurs) ? route : (service ?? {})
  const timeout = own['timeout.linkerd.io/request'] ?? own['timeout.linkerd.io/response']
  const retries = readRetries(own)
  return {
    ...(timeout === undefined ? {} : { timeout }),
    ...(retries === undefined ? {} : { retries }),
  }
}

/** One retry, unless a limit says otherwise. */
function readRetries(annotations: Annotations): Retries | undefined {
  const retryOn = annotations['retry.linkerd.io/http'] ?? annotations['retry.linkerd.io/grpc']
  if (retryOn === undefined) return undefined
  const perTryTimeout = annotations['retry.linkerd.io/timeout']
  return {
    attempts: Number(annotations['retry.linkerd.io/limit'] ?? 1),
    retryOn,
    ...(perTryTimeout === undefined ? {} : { perTryTimeout }),
  }
}
