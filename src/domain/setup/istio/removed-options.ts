import type { Path } from '../../yaml/path.ts'

/** A setting of an older IstioOperator that today's istioctl does not take. */
export interface RemovedOption {
  readonly path: Path
  /** Where the same value belongs today, under `spec.meshConfig`; absent: it has no place any more. */
  readonly movedTo?: string
  readonly why: string
}

const inGlobal = (name: string): Path => ['spec', 'values', 'global', name]
const inPilot = (name: string): Path => ['spec', 'values', 'pilot', name]

const moved = (name: string): RemovedOption => ({
  path: inGlobal(name),
  movedTo: name,
  why: `values.global.${name} is part of meshConfig now`,
})
const removed = (path: Path, why: string): RemovedOption => ({ path, why })

const MIXER = 'Mixer and its policies were removed in Istio 1.8'
const GALLEY = 'Galley became part of istiod in Istio 1.5'
const CITADEL = 'Citadel became part of istiod in Istio 1.5'

/**
 * `istioctl manifest generate` of 1.31.0 rejects each as an unknown field, which ends the whole installation.
 * Source: istio, operator/pkg/apis/values_types.proto, where they are absent
 */
export const GONE_SETTINGS: readonly RemovedOption[] = [
  moved('enableTracing'),
  moved('outboundTrafficPolicy'),
  moved('trustDomain'),
  moved('localityLbSetting'),
  removed(inGlobal('mtls'), 'Mutual TLS is on by default; a PeerAuthentication makes it strict'),
  removed(inGlobal('disablePolicyChecks'), MIXER),
  removed(inGlobal('policyCheckFailOpen'), MIXER),
  removed(inGlobal('useMCP'), GALLEY),
  removed(inGlobal('controlPlaneSecurityEnabled'), 'The control plane is always secured'),
  removed(inGlobal('k8sIngress'), 'The gateway serves Ingress objects by meshConfig.ingressControllerMode'),
  removed(inGlobal('createRemoteSvcEndpoints'), 'The old way of a remote cluster was removed'),
  removed(inGlobal('enableHelmTest'), 'The charts have no tests any more'),
  removed(inPilot('useMCP'), GALLEY),
  removed(inPilot('policy'), MIXER),
  removed(inPilot('meshNetworks'), 'Networks are values.global.meshNetworks'),
  removed(['spec', 'values', 'security'], CITADEL),
  removed(['spec', 'values', 'nodeagent'], 'Each proxy has its own agent since Istio 1.5'),
  removed(['spec', 'values', 'galley'], GALLEY),
  removed(['spec', 'values', 'certmanager'], 'cert-manager is installed separately'),
  removed(['spec', 'values', 'istiocoredns'], 'The proxies answer for DNS since Istio 1.8'),
  removed(['spec', 'values', 'clusterResources'], 'Resources of the cluster are always made'),
  removed(['spec', 'values', 'telemetry', 'v1'], MIXER),
  removed(['spec', 'defaultNamespace'], 'The namespace is values.global.istioNamespace'),
]
