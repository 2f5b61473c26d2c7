import type { Mesh } from '../../istio/mesh.ts'
import type { HttpRetries } from '../../istio/virtual-service.ts'
import type { Retries } from '../decision.ts'

/**
 * What Istio retries where nothing is said.
 * Source: https://istio.io/latest/docs/concepts/traffic-management/#retries, and what istiod 1.31 sends.
 */
const ISTIO_DEFAULT: Retries = {
  attempts: 2,
  retryOn: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
}

/** What the mesh retries where a rule says nothing, and where there is no rule. */
export const defaultRetriesOf = ({ settings: { defaultRetries } }: Mesh): Retries | undefined =>
  defaultRetries === undefined ? ISTIO_DEFAULT : convert(defaultRetries)

/** What a rule retries: nothing said means the mesh's default, whose parts do not complete the rule's own. */
export const readRetries = (mesh: Mesh, retries: HttpRetries | undefined): Retries | undefined =>
  retries === undefined ? defaultRetriesOf(mesh) : convert(retries)

/** No attempts mean no retries. Source: `ConvertPolicy` in istio's pilot/pkg/networking/core/route/retry/retry.go. */
function convert({ attempts, perTryTimeout, retryOn }: HttpRetries): Retries | undefined {
  if (attempts === undefined || attempts <= 0) return undefined
  return {
    attempts,
    retryOn: retryOn ?? ISTIO_DEFAULT.retryOn,
    ...(perTryTimeout === undefined ? {} : { perTryTimeout }),
  }
}
