import { fieldsOf, listOf } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'

type Fields = Readonly<Record<string, unknown>>

/** The tag behind `istio-injection=enabled`. */
export const DEFAULT_TAG = 'default'
const TAG_LABEL = 'istio.io/tag'
const REVISION_LABEL = 'istio.io/rev'
const INJECTION_LABEL = 'istio-injection'
const INJECT_LABEL = 'sidecar.istio.io/inject'

/**
 * Whether `istioctl install` also points the default tag to what it installs: always for the installation without a
 * revision, and for any other where no injector is in the cluster yet.
 * Source: istio, operator/pkg/webhook/webhook.go, and pkg/revtag (PreviousInstallExists)
 */
export const setsDefaultTag = (
  manifest: readonly KubernetesObject[],
  revision: string,
  liveInjectors: readonly KubernetesObject[],
): boolean =>
  manifest.some(isInjector) &&
  (revision === 'default' ||
    !liveInjectors.some(({ metadata }) => metadata.labels?.['app'] === 'sidecar-injector'))

const isInjector = ({ kind, metadata }: KubernetesObject): boolean =>
  kind === 'MutatingWebhookConfiguration' && metadata.name.startsWith('istio-sidecar-injector')

/**
 * The objects of the default tag, which an installation makes after its manifests and which are in none of them: the
 * tag's injector, the validator of everything without a revision, and the tag's Service.
 * Source: istio, istioctl/pkg/tag/generate.go; compared with what istioctl 1.31.0 leaves.
 */
export function defaultTagObjects(manifest: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const injector = manifest.find(isInjector)
  const validator = manifest.find(
    ({ kind, metadata }) =>
      kind === 'ValidatingWebhookConfiguration' && metadata.name.startsWith('istio-validator'),
  )
  const service = manifest.find(
    ({ kind, metadata }) => kind === 'Service' && metadata.labels?.['istio'] === 'pilot',
  )
  return [
    ...(injector === undefined ? [] : [tagInjector(injector)]),
    ...(validator === undefined ? [] : [tagValidator(validator)]),
    ...(service === undefined ? [] : [tagService(service)]),
  ]
}

const tagged = (object: KubernetesObject, name: string): KubernetesObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    name,
    labels: {
      ...object.metadata.labels,
      [TAG_LABEL]: DEFAULT_TAG,
      'install.operator.istio.io/owning-resource': 'unknown',
      'install.operator.istio.io/owning-resource-not-pruned': 'true',
      'operator.istio.io/component': 'Pilot',
    },
  },
})

const expression = (key: string, operator: string, values?: readonly string[]): Fields => ({
  key,
  operator,
  ...(values === undefined ? {} : { values }),
})
const isAccepted = expression(INJECT_LABEL, 'NotIn', ['false'])
const hasNoInjection = expression(INJECTION_LABEL, 'DoesNotExist')
const hasNoRevision = expression(REVISION_LABEL, 'DoesNotExist')
const asksForTag = expression(REVISION_LABEL, 'In', [DEFAULT_TAG])

/** What calls each of the tag's webhooks: by its name, and by the labels that mean the default. */
const SELECTORS: Readonly<
  Record<string, readonly [namespace: readonly Fields[], object: readonly Fields[]]>
> = {
  'rev.namespace.sidecar-injector.istio.io': [[asksForTag, hasNoInjection], [isAccepted]],
  'rev.object.sidecar-injector.istio.io': [
    [hasNoRevision, hasNoInjection],
    [isAccepted, asksForTag],
  ],
  'namespace.sidecar-injector.istio.io': [[expression(INJECTION_LABEL, 'In', ['enabled'])], [isAccepted]],
  'object.sidecar-injector.istio.io': [
    [hasNoInjection, hasNoRevision],
    [expression(INJECT_LABEL, 'In', ['true']), hasNoRevision],
  ],
}

function tagInjector(injector: KubernetesObject): KubernetesObject {
  const [like] = listOf(injector['webhooks']).map(fieldsOf)
  const webhooks = Object.entries(SELECTORS).map(([name, [namespaces, objects]]) => ({
    ...like,
    name,
    namespaceSelector: { matchExpressions: namespaces },
    objectSelector: { matchExpressions: objects },
  }))
  return { ...tagged(injector, `istio-revision-tag-${DEFAULT_TAG}`), webhooks }
}

const tagValidator = (validator: KubernetesObject): KubernetesObject => ({
  ...tagged(validator, 'istiod-default-validator'),
  webhooks: listOf(validator['webhooks']).map(each => ({
    ...fieldsOf(each),
    name: 'validation.istio.io',
    objectSelector: { matchExpressions: [hasNoRevision] },
  })),
})

function tagService(service: KubernetesObject): KubernetesObject {
  const revision = service.metadata.labels?.[REVISION_LABEL] ?? DEFAULT_TAG
  return {
    ...tagged(service, `istiod-revision-tag-${DEFAULT_TAG}`),
    spec: { ...fieldsOf(service.spec), selector: { app: 'istiod', [REVISION_LABEL]: revision } },
  }
}

/** Selectors that match nothing: what the tag takes over, an installation's own injector no longer does. */
const NEVER = { matchLabels: { 'istio.io/deactivated': 'never-match' } }

/** The injector without a revision as the default tag leaves it. Source: istio, pkg/revtag (DeactivateIstioInjectionWebhook) */
export const deactivateInjector = (object: KubernetesObject): KubernetesObject =>
  isInjector(object) && object.metadata.labels?.[REVISION_LABEL] === DEFAULT_TAG
    ? {
        ...object,
        webhooks: listOf(object['webhooks']).map(each => ({
          ...fieldsOf(each),
          namespaceSelector: NEVER,
          objectSelector: NEVER,
        })),
      }
    : object
