import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { fieldsOf, listOf, optionalFields } from '../../istio/fields/read-fields.ts'

/** Labels that `istioctl install` adds to what `istioctl manifest generate` prints. Source: istio, operator/pkg/install/reconcile.go */
const ADDED_LABELS = [
  'install.operator.istio.io/owning-resource',
  'install.operator.istio.io/owning-resource-namespace',
  'istio.io/rev',
  'operator.istio.io/component',
  'operator.istio.io/managed',
]
const VERSION_LABEL = 'operator.istio.io/version'
/** Selectors of webhooks that a tag has taken over. Source: istio, operator/pkg/webhook/webhook.go */
const DEACTIVATED = 'istio.io/deactivated'

/**
 * A generated object as an installation leaves it beside a live one: with the labels that the installation adds and with
 * what the running control plane changes in it, so that a difference shows what the options change and nothing else.
 * `version` is istioctl's own, as the installation writes it.
 */
export function normalizeInstalled(
  object: KubernetesObject,
  live: KubernetesObject | undefined,
  version: string,
): KubernetesObject {
  if (live === undefined) return object
  const before = live.metadata.labels ?? {}
  const labels: Record<string, string> = { ...object.metadata.labels }
  for (const name of ADDED_LABELS) {
    const value = before[name]
    if (value !== undefined) labels[name] ??= value
  }
  if (before[VERSION_LABEL] !== undefined) labels[VERSION_LABEL] ??= version
  const metadata = Object.keys(labels).length === 0 ? object.metadata : { ...object.metadata, labels }
  const webhooks = mergeWebhooks(object['webhooks'], live['webhooks'])
  return { ...object, metadata, ...(webhooks === undefined ? {} : { webhooks }) }
}

/** istiod makes its validation strict once it runs, and a tag switches the injector's own webhooks off. */
function mergeWebhooks(planned: unknown, live: unknown): unknown {
  if (!Array.isArray(planned)) return undefined
  const byName = new Map(listOf(live).map(each => [fieldsOf(each)['name'], fieldsOf(each)]))
  return planned.map((each: unknown) => {
    const own = optionalFields(each)
    const present = own && byName.get(own['name'])
    if (!own || !present) return each
    const isStrict = own['failurePolicy'] === 'Ignore' && present['failurePolicy'] === 'Fail'
    const { namespaceSelector, objectSelector } = present
    const { caBundle } = fieldsOf(present['clientConfig'])
    return {
      ...own,
      // istiod, or for a tag the installer, fills it in.
      ...(caBundle === undefined ? {} : { clientConfig: { caBundle, ...fieldsOf(own['clientConfig']) } }),
      ...(isStrict ? { failurePolicy: 'Fail' } : {}),
      ...(isDeactivated(namespaceSelector) ? { namespaceSelector, objectSelector } : {}),
    }
  })
}

const isDeactivated = (selector: unknown): boolean =>
  DEACTIVATED in fieldsOf(fieldsOf(selector)['matchLabels'])
