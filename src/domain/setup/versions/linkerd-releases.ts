import type { KubernetesRange, Source } from './fact.ts'

/** One release of Linkerd's CLI and control plane. Open-source artifacts are edge releases since February 2024. */
export interface LinkerdRelease {
  readonly version: string
  /** The announced version that this edge is or follows. */
  readonly announcedAs: string
  readonly kubernetes: KubernetesRange
  /** Highest minor that the project's own tests run on, where that is above the documented range. */
  readonly testedTo: string
  readonly gatewayApi: { readonly from: string; readonly to: string; readonly source: Source }
  readonly source: Source
}

const kubernetes: KubernetesRange = {
  from: '1.31',
  to: '1.35',
  basis: 'documented',
  source: {
    text: 'Linkerd: supported Kubernetes versions (2.20)',
    url: 'https://linkerd.io/2/reference/k8s-versions/',
    seen: '2026-09-04',
  },
}
const gatewayApi = {
  from: '1.2.1',
  to: '1.5.1',
  source: {
    text: 'Linkerd: Gateway API support',
    url: 'https://linkerd.io/2/features/gateway-api/',
    seen: '2026-09-04',
  },
}
const source: Source = { text: 'Linkerd releases', url: 'https://linkerd.io/releases/', seen: '2026-09-04' }
/** linkerd2#15563 raised it on main. */
const testedTo = '1.36'

/** Newest first. */
export const LINKERD_RELEASES: readonly LinkerdRelease[] = [
  { version: 'edge-26.9.1', announcedAs: '2.20', kubernetes, testedTo, gatewayApi, source },
  { version: 'edge-26.8.3', announcedAs: '2.20', kubernetes, testedTo, gatewayApi, source },
  { version: 'edge-26.6.3', announcedAs: '2.20', kubernetes, testedTo, gatewayApi, source },
]
