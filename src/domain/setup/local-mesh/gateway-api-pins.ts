/**
 * SHA-256 of `standard-install.yaml` of a release of the Gateway API, of the files as they were published. Their project
 * publishes no checksums: a release is added here after its file was verified.
 * Source: https://github.com/kubernetes-sigs/gateway-api/releases/tag/v1.5.1
 */
export const GATEWAY_API_PINS: Readonly<Record<string, string>> = {
  '1.5.1': '4ca80f21da038649c9450d8e4cf2dd8844a7f949ed24474a71c2ea7dd9c73df6',
}

/** Where the CRDs of a release are published. */
export const gatewayApiUrl = (version: string): string =>
  `https://github.com/kubernetes-sigs/gateway-api/releases/download/v${version}/standard-install.yaml`
