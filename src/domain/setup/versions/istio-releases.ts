import type { KubernetesRange, Source } from './fact.ts'

/** One minor line of Istio. */
export interface IstioRelease {
  /** The newest patch that we know. */
  readonly version: string
  readonly kubernetes: KubernetesRange
  /** ISO date, about. */
  readonly endOfLife: string
  /** The Gateway API that this line was built on, where we read it. */
  readonly gatewayApi?: string
  /** Kind → first Gateway API whose CRD istiod watches; CRDs below it are ignored without a word. */
  readonly minimumGatewayApi: Readonly<Record<string, string>>
  readonly source: Source
}

const releases: Source = {
  text: 'Istio releases',
  url: 'https://github.com/istio/istio/releases',
  seen: '2026-08-31',
}
const supportStatus: Source = {
  text: 'Support status of Istio releases',
  url: 'https://istio.io/latest/docs/releases/supported-releases/',
  seen: '2026-08-31',
}

/** istio/istio pkg/config/schema/gatewayapi/minimumversions.go */
const MINIMUM_1_30 = { GRPCRoute: '1.1.0', BackendTLSPolicy: '1.4.0', TLSRoute: '1.5.0' } as const

/** Newest first. A new line goes on top; a patch replaces `version`. */
export const ISTIO_RELEASES: readonly IstioRelease[] = [
  {
    version: '1.31.0',
    kubernetes: {
      from: '1.32',
      to: '1.37',
      // istioctl/pkg/install/k8sversion has 1.32 as the floor; the upper end was seen in a quotation of the table only.
      basis: 'reported',
      source: supportStatus,
    },
    endOfLife: '2027-02-28',
    gatewayApi: '1.6.0',
    minimumGatewayApi: { ...MINIMUM_1_30, TCPRoute: '1.6.0' },
    source: releases,
  },
  {
    version: '1.30.4',
    kubernetes: { from: '1.32', to: '1.36', basis: 'documented', source: supportStatus },
    endOfLife: '2026-11-30',
    gatewayApi: '1.5.1',
    minimumGatewayApi: MINIMUM_1_30,
    source: releases,
  },
  {
    version: '1.29.7',
    kubernetes: { from: '1.31', to: '1.35', basis: 'documented', source: supportStatus },
    endOfLife: '2026-08-31',
    minimumGatewayApi: {},
    source: releases,
  },
]
