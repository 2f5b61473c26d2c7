import { KNOWN_RELEASES } from './known-releases.ts'
import type { VersionResolution } from './resolve-versions.ts'
import type { VersionConflict } from './version-set.ts'

/** A set and what is to be said about it, as lines for people. */
export function describeResolution(
  title: string,
  { set, conflicts, avoided }: VersionResolution,
): readonly string[] {
  const parts = [
    ['Kubernetes', set.kubernetes],
    ['Istio', set.istio],
    ['Linkerd', set.linkerd],
    ['Gateway API', set.gatewayApi],
    ['kind', set.kind],
    ['minikube', set.minikube],
  ].flatMap(([name, version]) => (version === undefined ? [] : `${name ?? ''} ${version}`))
  return [
    `${title}: ${parts.join(', ') || 'nothing fits'}`,
    ...(set.nodeImage === undefined ? [] : [`  ${set.nodeImage}`]),
    ...avoided.map(({ message }) => `  avoided: ${message}.`),
    ...conflicts.map(describeConflict),
  ]
}

/** One conflict as a line. */
export const describeConflict = ({ severity, message, hint }: VersionConflict): string =>
  `  ${severity === 'info' ? 'note' : severity}: ${message}. ${hint}`

/** What is known of each product, and until when it was true. */
export function describeKnown(): readonly string[] {
  const { istio, linkerd, gatewayApi, kind, minikube } = KNOWN_RELEASES
  return [
    ...istio.map(
      ({ version, kubernetes: { from, to, basis, source }, endOfLife }) =>
        `  Istio ${version}: Kubernetes ${from} to ${to}${basis === 'reported' ? ' (reported)' : ''}, ends about ${endOfLife}; seen ${source.seen}, ${source.url}`,
    ),
    ...linkerd.map(
      ({ version, announcedAs, kubernetes, testedTo, gatewayApi: { from, to }, source }) =>
        `  Linkerd ${version} (${announcedAs}): Kubernetes ${kubernetes.from} to ${kubernetes.to}, tested to ${testedTo}; Gateway API ${from} to ${to}; seen ${source.seen}, ${kubernetes.source.url}`,
    ),
    `  Gateway API: ${gatewayApi.map(({ version }) => version).join(', ')}`,
    ...kind.map(
      ({ version, images: [first, ...others], source }) =>
        `  kind ${version}: Kubernetes ${first.kubernetes} by itself${others.length === 0 ? '' : `, also ${others.map(({ kubernetes }) => kubernetes).join(', ')}`}; seen ${source.seen}, ${source.url}`,
    ),
    ...minikube.map(
      ({ version, defaultKubernetes, source }) =>
        `  minikube ${version}: Kubernetes ${defaultKubernetes} by itself; seen ${source.seen}, ${source.url}`,
    ),
  ]
}
