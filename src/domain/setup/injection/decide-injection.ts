import { fieldsOf, listOf } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { callsWebhook, type InjectionWebhook, type Labels } from './injection-webhook.ts'
import { containersOf, LINKERD_PROXY } from './pod-proxy.ts'

/** Why a new pod would get no proxy. */
export type NotInjectedCode =
  | 'no-mesh'
  | 'not-asked'
  | 'namespace-opted-out'
  | 'pod-opted-out'
  | 'invalid-value'
  | 'annotation-not-seen'
  | 'host-network'
  | 'system-namespace'
  | 'no-webhook'
  | 'revision-without-webhook'
  | 'webhook-not-called'
  | 'webhook-failing'
  | 'other-sidecar'
  | 'no-service-account-token'

export interface NotInjected {
  readonly code: NotInjectedCode
  readonly message: string
  readonly hint?: string
}

export type InjectionDecision =
  | { readonly isInjected: true; readonly webhook: InjectionWebhook }
  | ({ readonly isInjected: false } & NotInjected)

export const INJECTION_LABEL = 'istio-injection'
export const REVISION_LABEL = 'istio.io/rev'
export const INJECT_LABEL = 'sidecar.istio.io/inject'
export const AMBIENT_LABEL = 'istio.io/dataplane-mode'
export const LINKERD_ANNOTATION = 'linkerd.io/inject'

/** Namespaces that Istio's injector leaves alone. Source: istio pkg/kube/inject (IgnoredNamespaces). */
const SYSTEM_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage']

const leaveOut = (code: NotInjectedCode, message: string, hint?: string): InjectionDecision => ({
  isInjected: false,
  code,
  message,
  ...(hint === undefined ? {} : { hint }),
})

export const labelsOf = ({ metadata }: KubernetesObject): Labels => metadata.labels ?? {}
export const annotationsOf = ({ metadata }: KubernetesObject): Labels => metadata.annotations ?? {}
export const usesHostNetwork = ({ spec }: KubernetesObject): boolean => fieldsOf(spec)['hostNetwork'] === true

/**
 * Whether Istio's webhooks would put a sidecar into such a pod: first whether the API server calls one, then what the
 * injector says. Sources: Istio, Sidecar injection, "Controlling the injection policy"; istio pkg/kube/inject (injectRequired).
 */
export function decideIstio(
  pod: KubernetesObject,
  namespace: KubernetesObject,
  webhooks: readonly InjectionWebhook[],
): InjectionDecision {
  const istio = webhooks.filter(({ mesh }) => mesh === 'istio')
  if (istio.length === 0 && !asksIstio(pod, namespace))
    return leaveOut('no-mesh', 'The cluster has no injector of Istio', 'Install a mesh first.')
  const labels = labelsOf(pod)
  const own = labels[INJECT_LABEL] ?? annotationsOf(pod)[INJECT_LABEL]
  const place = labels[INJECT_LABEL] === undefined ? 'annotation' : 'label'
  if (SYSTEM_NAMESPACES.includes(namespace.metadata.name))
    return leaveOut('system-namespace', `Injectors leave the namespace ${namespace.metadata.name} alone`)
  if (usesHostNetwork(pod))
    return leaveOut(
      'host-network',
      'It uses the network of its node (hostNetwork), where a proxy would catch the traffic of the node',
      'Only a workload without hostNetwork can have a proxy.',
    )
  const called = istio.filter(webhook => callsWebhook(webhook, labelsOf(namespace), labels))
  const [first] = called
  if (!first) return whyNotCalled(pod, namespace, istio)
  // The injector reads it as YAML does; empty means that the namespace decides.
  if (own !== undefined && own !== '' && !['y', 'yes', 'true', 'on'].includes(own.toLowerCase()))
    return leaveOut(
      'pod-opted-out',
      `Its ${place} ${INJECT_LABEL}: "${own}" keeps the proxy out`,
      `Take the ${place} out of the pod template.`,
    )
  const working = called.find(({ fault }) => fault === undefined)
  return working ? { isInjected: true, webhook: working } : failing(first)
}

function failing({ configuration, fault = '', failurePolicy }: InjectionWebhook): InjectionDecision {
  return leaveOut(
    'webhook-failing',
    `The webhook ${configuration} cannot inject: ${fault}. ${
      failurePolicy === 'Fail'
        ? 'New pods are rejected until then (failurePolicy Fail)'
        : 'New pods come up without a proxy until it can (failurePolicy Ignore)'
    }`,
    'Check the control plane: its pods must run and be ready.',
  )
}

/** Whether something says that a sidecar of Istio is wanted. */
export const asksIstio = (pod: KubernetesObject, namespace: KubernetesObject): boolean => {
  const [labels, outer] = [labelsOf(pod), labelsOf(namespace)]
  return (
    [INJECTION_LABEL, REVISION_LABEL].some(key => outer[key] !== undefined) ||
    [INJECT_LABEL, REVISION_LABEL].some(key => labels[key] !== undefined) ||
    annotationsOf(pod)[INJECT_LABEL] !== undefined
  )
}

/** No webhook's selectors fit: which label is in the way, or missing. */
function whyNotCalled(
  pod: KubernetesObject,
  namespace: KubernetesObject,
  istio: readonly InjectionWebhook[],
): InjectionDecision {
  const [labels, outer] = [labelsOf(pod), labelsOf(namespace)]
  const injection = outer[INJECTION_LABEL]
  const revision = outer[REVISION_LABEL]
  const own = labels[INJECT_LABEL]
  const known = knownRevisions(istio)
  const names = known.length === 0 ? 'none' : known.join(', ')
  const label = (key: string, value: string): string => `${key}=${value}`
  if (own === 'false')
    return leaveOut(
      'pod-opted-out',
      `Its label ${INJECT_LABEL}: "false" keeps the proxy out`,
      'Take the label out of the pod template.',
    )
  if (injection === 'disabled')
    return leaveOut(
      'namespace-opted-out',
      `Its namespace opts out: ${label(INJECTION_LABEL, injection)}${
        revision === undefined ? '' : `, which wins over ${label(REVISION_LABEL, revision)}`
      }`,
      'Turn injection on for the namespace.',
    )
  if (injection !== undefined && injection !== 'enabled')
    return leaveOut(
      'invalid-value',
      `Its namespace has ${label(INJECTION_LABEL, injection)}: only "enabled" and "disabled" mean something`,
      'Turn injection on for the namespace.',
    )
  if (injection === 'enabled')
    return leaveOut(
      'no-webhook',
      `Its namespace has ${label(INJECTION_LABEL, injection)}, but no webhook serves it: there is no default revision`,
      known.length === 0
        ? 'Install Istio, or set the tag default.'
        : `Choose a revision (${names}), or set the tag default on one.`,
    )
  const asked = revision ?? labels[REVISION_LABEL]
  if (asked !== undefined && !known.includes(asked))
    return leaveOut(
      'revision-without-webhook',
      `${revision === undefined ? 'It' : 'Its namespace'} asks for the revision ${asked}, for which there is no webhook`,
      `The revisions and tags here: ${names}.`,
    )
  if (own !== undefined && own !== 'true' && own !== '')
    return leaveOut(
      'invalid-value',
      `Its label ${INJECT_LABEL}: "${own}" calls no webhook: outside of a namespace with injection it must be "true"`,
      'Write "true".',
    )
  if (own === 'true')
    return leaveOut(
      'no-webhook',
      `Its label ${INJECT_LABEL}: "true" calls no webhook: there is no default revision`,
      `Add ${label(REVISION_LABEL, known[0] ?? 'REVISION')} to the pod template.`,
    )
  const annotation = annotationsOf(pod)[INJECT_LABEL]
  if (annotation !== undefined && annotation !== 'false')
    return leaveOut(
      'annotation-not-seen',
      `Its annotation ${INJECT_LABEL} is not seen here: webhooks are called by labels`,
      'Write it as a label, or turn injection on for the namespace.',
    )
  if (asked !== undefined)
    return leaveOut('webhook-not-called', `The selectors of the webhooks of revision ${asked} leave it out`)
  return leaveOut(
    'not-asked',
    'Neither its namespace nor the pod asks for a proxy',
    'Turn injection on for the namespace.',
  )
}

/** The values of `istio.io/rev` that a webhook knows: revisions and tags. */
export const knownRevisions = (webhooks: readonly InjectionWebhook[]): readonly string[] => {
  // A default installation's own webhooks are switched off where a tag has taken its name over.
  const isOn = ({ namespaceSelector }: InjectionWebhook): boolean =>
    fieldsOf(fieldsOf(namespaceSelector)['matchLabels'])['istio.io/deactivated'] === undefined
  const names = webhooks
    .filter(webhook => webhook.mesh === 'istio' && isOn(webhook))
    .flatMap(({ revision, tag }) => tag ?? revision ?? [])
  return [...new Set(names)].sort()
}

const LINKERD_VALUES = ['enabled', 'ingress', 'disabled']
const TOKENS = '/var/run/secrets/kubernetes.io/serviceaccount'
/** Source: linkerd2 pkg/healthcheck (HasExistingSidecars). */
const OTHER_PROXIES =
  /^(?:gcr\.io\/istio-release\/proxyv2|docker\.io\/(?:istio\/proxyv2|envoyproxy\/envoy)|envoyproxy\/envoy)/

/**
 * Whether Linkerd's webhook would put a proxy into such a pod.
 * Sources: Linkerd, Automatic Proxy Injection; linkerd2 pkg/inject/report.go (Injectable, disableByAnnotation).
 */
export function decideLinkerd(
  pod: KubernetesObject,
  namespace: KubernetesObject,
  webhooks: readonly InjectionWebhook[],
): InjectionDecision {
  const outer = annotationsOf(namespace)[LINKERD_ANNOTATION] ?? ''
  const own = annotationsOf(pod)[LINKERD_ANNOTATION] ?? ''
  const webhook = webhooks.find(({ mesh }) => mesh === 'linkerd')
  for (const [place, value] of [
    ['namespace', outer],
    ['pod', own],
  ] as const)
    if (value !== '' && !LINKERD_VALUES.includes(value))
      return leaveOut(
        'invalid-value',
        `The annotation ${LINKERD_ANNOTATION}: "${value}" of its ${place} is none of ${LINKERD_VALUES.join(', ')}`,
        'Turn injection on for the namespace.',
      )
  if (own === 'disabled')
    return leaveOut(
      'pod-opted-out',
      `Its annotation ${LINKERD_ANNOTATION}: disabled keeps the proxy out`,
      'Take the annotation out of the pod template.',
    )
  const isAsked = [outer, own].some(value => value === 'enabled' || value === 'ingress')
  if (!isAsked)
    return outer === 'disabled'
      ? leaveOut(
          'namespace-opted-out',
          `Its namespace opts out: ${LINKERD_ANNOTATION}: disabled`,
          'Turn injection on for the namespace.',
        )
      : leaveOut(
          'not-asked',
          `Neither its namespace nor the pod has ${LINKERD_ANNOTATION}: enabled`,
          'Turn injection on for the namespace.',
        )
  if (!webhook) return leaveOut('no-webhook', "Linkerd's injector is not installed", 'Install Linkerd first.')
  if (!callsWebhook(webhook, labelsOf(namespace), labelsOf(pod)))
    return leaveOut(
      'webhook-not-called',
      `Linkerd's webhook leaves the namespace ${namespace.metadata.name} out by its selectors (config.linkerd.io/admission-webhooks, kube-system and others)`,
    )
  return checkPodSpec(pod) ?? (webhook.fault === undefined ? { isInjected: true, webhook } : failing(webhook))
}

/** What in the pod itself Linkerd does not take. */
function checkPodSpec(pod: KubernetesObject): InjectionDecision | undefined {
  if (usesHostNetwork(pod))
    return leaveOut(
      'host-network',
      'It uses the network of its node (hostNetwork), where a proxy would catch the traffic of the node',
      'Only a workload without hostNetwork can have a proxy.',
    )
  const others = containersOf(pod.spec).filter(({ name }) => name !== LINKERD_PROXY)
  const other = others.find(({ name, image }) => name === 'istio-proxy' || OTHER_PROXIES.test(String(image)))
  if (other)
    return leaveOut(
      'other-sidecar',
      `It has the proxy of another mesh already (${String(other['name'])})`,
      'A pod can be in one mesh only.',
    )
  // The token is mounted when a pod is made; a template has none yet.
  const isLive = pod.kind === 'Pod' && pod.metadata.uid !== undefined
  const hasToken = others.some(({ volumeMounts }) =>
    listOf(volumeMounts).some(mount => fieldsOf(mount)['mountPath'] === TOKENS),
  )
  if (fieldsOf(pod.spec)['automountServiceAccountToken'] === false || (isLive && !hasToken))
    return leaveOut(
      'no-service-account-token',
      'It mounts no service account token (automountServiceAccountToken: false), which the proxy needs for its identity',
      'Mount it, or leave the workload out of the mesh.',
    )
  return undefined
}

/** Whether the pod has ports that Linkerd does not carry. Source: linkerd2 pkg/inject/report.go (udpPortsEnabled). */
export const hasUdpPorts = ({ spec }: KubernetesObject): boolean =>
  containersOf(spec).some(({ ports }) => listOf(ports).some(port => fieldsOf(port)['protocol'] === 'UDP'))
