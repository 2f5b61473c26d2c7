import type { Source } from './fact.ts'

/** One release of the Gateway API's CRDs, standard channel. */
export interface GatewayApiRelease {
  readonly version: string
  readonly source: Source
}

const source: Source = {
  text: 'Gateway API releases',
  url: 'https://github.com/kubernetes-sigs/gateway-api/releases',
  seen: '2026-09-04',
}

/** Newest first. */
export const GATEWAY_API_RELEASES: readonly GatewayApiRelease[] = [
  { version: '1.6.1', source },
  { version: '1.6.0', source },
  { version: '1.5.1', source },
  { version: '1.4.0', source },
  { version: '1.2.1', source },
]
