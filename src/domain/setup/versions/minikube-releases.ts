import type { Source } from './fact.ts'

/** One release of minikube; it starts any Kubernetes up to its default. */
export interface MinikubeRelease {
  readonly version: string
  readonly defaultKubernetes: string
  readonly source: Source
}

/** Newest first. */
export const MINIKUBE_RELEASES: readonly MinikubeRelease[] = [
  {
    version: '1.39.0',
    defaultKubernetes: '1.37.0',
    source: {
      text: 'minikube v1.39.0',
      url: 'https://github.com/kubernetes/minikube/releases/tag/v1.39.0',
      seen: '2026-09-02',
    },
  },
]
