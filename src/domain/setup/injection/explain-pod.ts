import { compact, fieldsOf, listOf, textOf } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { controlPlaneOf, type ControlPlane } from './control-planes.ts'
import {
  AMBIENT_LABEL,
  annotationsOf,
  asksIstio,
  decideIstio,
  decideLinkerd,
  hasUdpPorts,
  labelsOf,
  LINKERD_ANNOTATION,
  usesHostNetwork,
  type InjectionDecision,
  type NotInjectedCode,
} from './decide-injection.ts'
import type { InjectionWebhook } from './injection-webhook.ts'
import type { InjectionFix, PodInjection } from './pod-injection.ts'
import { readPodProxy, type PodProxy } from './pod-proxy.ts'
import { compareProxy, type ProxySkew } from './proxy-skew.ts'
import { workloadOf } from './workload-of.ts'

/** What of the cluster decides about all pods. */
export interface InjectionScope {
  readonly webhooks: readonly InjectionWebhook[]
  readonly planes: readonly ControlPlane[]
  /** Nodes with a ready ztunnel; undefined where that is not known. */
  readonly ambientNodes?: ReadonlySet<string>
}

const FIXES: Readonly<Partial<Record<NotInjectedCode, InjectionFix>>> = {
  'not-asked': 'turn-on-namespace',
  'namespace-opted-out': 'turn-on-namespace',
  'invalid-value': 'turn-on-namespace',
  'annotation-not-seen': 'turn-on-namespace',
  'revision-without-webhook': 'turn-on-namespace',
  'no-webhook': 'turn-on-namespace',
  'pod-opted-out': 'include-workload',
}

/** Whether the mesh's own parts are in a mesh is not for the user to decide. */
function isControlPlane(pod: KubernetesObject): boolean {
  const labels = labelsOf(pod)
  return (
    ['istiod', 'ztunnel'].includes(labels['app'] ?? '') ||
    labels['k8s-app'] === 'istio-cni-node' ||
    labels['linkerd.io/control-plane-component'] !== undefined
  )
}

/** Whether the namespace or the pod asks for ambient mode. Source: istio cni/pkg/util (PodRedirectionEnabled). */
export const asksAmbient = (pod: KubernetesObject, namespace: KubernetesObject): boolean =>
  (labelsOf(pod)[AMBIENT_LABEL] ?? labelsOf(namespace)[AMBIENT_LABEL]) === 'ambient'

/** Whether the pod has a value of its own that keeps it out of the ambient mode of its namespace. */
export const optsOutOfAmbient = (pod: KubernetesObject, namespace: KubernetesObject): boolean =>
  labelsOf(namespace)[AMBIENT_LABEL] === 'ambient' &&
  (labelsOf(pod)[AMBIENT_LABEL] ?? 'ambient') !== 'ambient'

/** What the webhooks would do with such a pod; the mesh that is asked for, else the one that is there. */
export function decideInjection(
  pod: KubernetesObject,
  namespace: KubernetesObject,
  { webhooks }: Pick<InjectionScope, 'webhooks'>,
): InjectionDecision {
  const istio = decideIstio(pod, namespace, webhooks)
  if (istio.isInjected) return istio
  const linkerd = decideLinkerd(pod, namespace, webhooks)
  if (linkerd.isInjected) return linkerd
  const change = annotationsOf(pod)[LINKERD_ANNOTATION] ?? annotationsOf(namespace)[LINKERD_ANNOTATION]
  if (change !== undefined && !asksIstio(pod, namespace)) return linkerd
  const hasLinkerd = webhooks.some(({ mesh }) => mesh === 'linkerd')
  return istio.code === 'no-mesh' && hasLinkerd ? linkerd : istio
}

/** Whether a pod is in a mesh, and why or why not, in a sentence. */
export function explainPod(
  pod: KubernetesObject,
  namespace: KubernetesObject,
  scope: InjectionScope,
): PodInjection {
  const common = {
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name,
    workload: workloadOf(pod),
  }
  const proxy = readPodProxy(pod)
  const phase = fieldsOf(pod.status)['phase']
  if (phase === 'Succeeded' || phase === 'Failed')
    return { ...common, state: 'exempt', reason: 'finished', message: 'It has ended: nothing runs in it' }
  if (isControlPlane(pod))
    return {
      ...common,
      state: 'exempt',
      reason: 'control-plane',
      message: 'It is a part of the mesh itself',
    }
  const decision = decideInjection(pod, namespace, scope)
  if (proxy) return { ...common, ...explainProxy(proxy, pod, decision, scope), proxy }
  if (asksAmbient(pod, namespace)) return { ...common, ...explainAmbient(pod, scope) }
  if (optsOutOfAmbient(pod, namespace) && !decision.isInjected)
    return compact({
      ...common,
      state: 'out' as const,
      reason: 'pod-opted-out' as const,
      message: `Its namespace uses ambient mode, but its label ${AMBIENT_LABEL}: ${labelsOf(pod)[AMBIENT_LABEL] ?? ''} keeps it out`,
      hint: 'Remove the label from the pod template.',
      fix: common.workload.kind === 'Pod' ? undefined : ('include-workload' as const),
    })
  if (!decision.isInjected) {
    const { code, message, hint } = decision
    const isExempt = code === 'system-namespace'
    const fix = FIXES[code]
    return compact({
      ...common,
      state: isExempt ? ('exempt' as const) : ('out' as const),
      reason: code,
      message,
      hint,
      fix: fix === 'include-workload' && common.workload.kind === 'Pod' ? undefined : fix,
    })
  }
  return { ...common, ...explainLate(pod, decision.webhook) }
}

/** It would get a proxy and has none: it is older than what asks for it. */
function explainLate(
  pod: KubernetesObject,
  webhook: InjectionWebhook,
): Pick<PodInjection, 'state' | 'reason' | 'message' | 'hint' | 'fix' | 'restart'> {
  const isOlder =
    webhook.createdAt !== undefined &&
    pod.metadata.creationTimestamp !== undefined &&
    Date.parse(pod.metadata.creationTimestamp) < Date.parse(webhook.createdAt)
  const isAlone = workloadOf(pod).kind === 'Pod'
  return {
    state: 'out',
    reason: 'created-before',
    message: isOlder
      ? `It was created before the webhook ${webhook.configuration}`
      : 'It was created before a proxy was asked for, or while the injector did not answer; now it would get one',
    hint: isAlone
      ? 'No controller recreates it: delete it and create it again.'
      : 'Restart its workload: only new pods get a proxy.',
    ...(isAlone ? {} : { fix: 'restart' as const }),
    restart: 'gains',
  }
}

function explainProxy(
  proxy: PodProxy,
  pod: KubernetesObject,
  decision: InjectionDecision,
  { planes }: InjectionScope,
): Pick<PodInjection, 'state' | 'reason' | 'message' | 'hint' | 'fix' | 'skew' | 'restart'> {
  if (proxy.mode === 'ambient')
    return { state: 'in', reason: 'redirected', message: "Its traffic goes through its node's ztunnel" }
  const mesh = proxy.mode === 'linkerd' ? 'linkerd' : 'istio'
  const next = decision.isInjected && decision.webhook.mesh === mesh ? decision.webhook : undefined
  const own = { mesh, revision: proxy.revision ?? 'default' } as const
  const plane = controlPlaneOf(planes, proxy.isInjected && next ? next : own)
  const skew = plane && compareProxy(mesh, proxy.version, plane.version)
  const name = {
    sidecar: "Istio's sidecar",
    gateway: "Istio's gateway proxy",
    waypoint: "Istio's waypoint proxy",
    ztunnel: 'The ztunnel of its node',
    linkerd: "Linkerd's proxy",
  }
  if (!proxy.isInjected)
    return compact({
      state: 'in' as const,
      reason: 'own-proxy' as const,
      message: `${name[proxy.mode]} is part of its own template`,
      skew,
    })
  const common = { state: 'in', reason: 'injected' } as const
  if (!decision.isInjected && decision.code !== 'webhook-failing')
    return compact({
      ...common,
      message: `It has ${name[proxy.mode]}, which it loses when it is restarted: ${lowerFirst(decision.message)}`,
      skew,
      restart: 'loses' as const,
    })
  const isMoving =
    mesh === 'istio' &&
    next?.revision !== undefined &&
    proxy.revision !== undefined &&
    next.revision !== proxy.revision
  const moving: ProxySkew = {
    state: 'behind',
    message: `The proxy is of revision ${proxy.revision ?? ''}, and ${next?.revision ?? ''} is asked for: restart it to move it there`,
  }
  const shown = isMoving ? moving : skew
  const isUpdatable = shown !== undefined && ['behind', 'unsupported', 'ahead'].includes(shown.state)
  const hasUdp = proxy.mode === 'linkerd' && hasUdpPorts(pod)
  return compact({
    ...common,
    message: `It has ${name[proxy.mode]}${hasUdp ? '; its UDP ports are not carried by the mesh' : ''}`,
    skew: shown,
    ...(isUpdatable ? { fix: 'restart' as const, restart: 'updates' as const } : {}),
  })
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

/** Ambient pods need no restart: the node's agent redirects them as they are. */
function explainAmbient(
  pod: KubernetesObject,
  { ambientNodes }: InjectionScope,
): Pick<PodInjection, 'state' | 'reason' | 'message' | 'hint'> {
  if (usesHostNetwork(pod))
    return {
      state: 'out',
      reason: 'host-network',
      message: 'It uses the network of its node (hostNetwork), which ambient mode leaves alone',
      hint: 'Only a workload without hostNetwork can be in the mesh.',
    }
  const node = textOf(fieldsOf(pod.spec)['nodeName'])
  const isMissing = node !== undefined && ambientNodes !== undefined && !ambientNodes.has(node)
  return {
    state: 'out',
    reason: 'not-redirected',
    message: isMissing
      ? 'It asks for ambient mode, but no ready ztunnel is on its node'
      : 'It asks for ambient mode, but its traffic is not redirected yet',
    hint: 'Check the DaemonSets istio-cni-node and ztunnel: they must be ready on every node.',
  }
}

/** The nodes on which a ztunnel is ready. */
export const findAmbientNodes = (pods: Iterable<KubernetesObject>): ReadonlySet<string> => {
  const nodes = new Set<string>()
  for (const pod of pods) {
    if (labelsOf(pod)['app'] !== 'ztunnel') continue
    const isReady = listOf(fieldsOf(pod.status)['conditions'])
      .map(fieldsOf)
      .some(({ type, status }) => type === 'Ready' && status === 'True')
    const node = textOf(fieldsOf(pod.spec)['nodeName'])
    if (isReady && node !== undefined) nodes.add(node)
  }
  return nodes
}
