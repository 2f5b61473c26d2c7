import { findVersionConflicts } from '../../../../domain/setup/versions/find-conflicts.ts'
import { KNOWN_RELEASES } from '../../../../domain/setup/versions/known-releases.ts'
import { minorOf } from '../../../../domain/setup/versions/version.ts'
import type { Candidate } from '../../../../domain/setup/versions/version-set.ts'
import type { ToolName } from '../../../../domain/setup/tools/tool-name.ts'

/** A version of a tool that is known here, what it goes with, and whether that is what is at hand. */
export interface ToolVersion {
  readonly version: string
  readonly note: string
  readonly isFitting: boolean
}

/**
 * The known versions of a tool, newest first; `kubernetes` is that of the connected cluster, where one is connected.
 * Of cloud-provider-kind nothing is known but what the user types.
 */
export function listToolVersions(tool: ToolName, kubernetes: string | undefined): readonly ToolVersion[] {
  const fits = (candidate: Candidate): boolean =>
    kubernetes === undefined ||
    findVersionConflicts({ ...candidate, kubernetes }, { provider: 'existing', meshes: [] }).every(
      ({ severity }) => severity !== 'error',
    )
  switch (tool) {
    case 'kubectl':
      return KNOWN_RELEASES.kubernetes.map(({ version }) => ({
        version,
        note: `for clusters of ${neighbours(version).join(', ')}`,
        isFitting: kubernetes === undefined || neighbours(version).includes(minorOf(kubernetes)),
      }))
    case 'kind':
      return KNOWN_RELEASES.kind.map(({ version, images }) => ({
        version,
        note: `nodes of Kubernetes ${images.map(image => image.kubernetes).join(', ')}`,
        isFitting: true,
      }))
    case 'minikube':
      return KNOWN_RELEASES.minikube.map(({ version, defaultKubernetes }) => ({
        version,
        note: `Kubernetes up to ${defaultKubernetes}`,
        isFitting: true,
      }))
    case 'istioctl':
      return KNOWN_RELEASES.istio.map(istio => ({
        version: istio.version,
        note: `Kubernetes ${istio.kubernetes.from} to ${istio.kubernetes.to}`,
        isFitting: fits({ istio }),
      }))
    case 'linkerd':
      return KNOWN_RELEASES.linkerd.map(linkerd => ({
        version: linkerd.version,
        note: `Linkerd ${linkerd.announcedAs}, Kubernetes ${linkerd.kubernetes.from} to ${linkerd.kubernetes.to}`,
        isFitting: fits({ linkerd }),
      }))
    case 'cloud-provider-kind':
      return []
  }
}

/** kubectl works with clusters one minor version older or newer: https://kubernetes.io/releases/version-skew-policy/#kubectl */
function neighbours(version: string): readonly string[] {
  const [major = '1', minor = '0'] = minorOf(version).split('.')
  return [Number(minor) - 1, Number(minor), Number(minor) + 1].map(each => `${major}.${each}`)
}
