import type { Source } from './fact.ts'

/** A Kubernetes that a new local cluster can have. */
export interface KubernetesRelease {
  readonly version: string
  readonly source: Source
}

const source: Source = {
  text: 'the node images of kind v0.33.0',
  url: 'https://github.com/kubernetes-sigs/kind/releases/tag/v0.33.0',
  seen: '2026-11-03',
}

/** Newest first: the newest patch of each minor version. */
export const KUBERNETES_RELEASES: readonly KubernetesRelease[] = [
  { version: '1.37.0', source },
  { version: '1.36.4', source },
  { version: '1.35.8', source },
  { version: '1.34.11', source },
]
