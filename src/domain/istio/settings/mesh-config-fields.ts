/**
 * What the product makes of a field of MeshConfig: `obeyed` where decisions follow it, `reported` where it can change
 * what becomes of a request in a way that is not decided here, so that it is named in `unknown`, `irrelevant` where it
 * changes no decision (logging, certificates, timers, names of statistics).
 */
export type FieldUse = 'obeyed' | 'reported' | 'irrelevant'

/** Source: https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig (1.31). */
export const MESH_CONFIG_FIELDS: Readonly<Record<string, FieldUse>> = {
  outboundTrafficPolicy: 'obeyed',
  trustDomain: 'obeyed',
  trustDomainAliases: 'obeyed',
  rootNamespace: 'obeyed',
  defaultServiceExportTo: 'obeyed',
  defaultVirtualServiceExportTo: 'obeyed',
  defaultDestinationRuleExportTo: 'obeyed',
  defaultHttpRetryPolicy: 'obeyed',
  pathNormalization: 'obeyed',
  discoverySelectors: 'obeyed',
  enableAutoMtls: 'obeyed',
  ingressControllerMode: 'obeyed',
  ingressClass: 'obeyed',
  ingressService: 'obeyed',
  ingressSelector: 'obeyed',
  /** Its parts are looked at one by one: `PROXY_CONFIG_FIELDS`. */
  defaultConfig: 'obeyed',
  /** CUSTOM policies name a provider; what it answers is never known, and is said at the policy. */
  extensionProviders: 'irrelevant',

  /** Which endpoints of a destination are preferred. */
  localityLbSetting: 'reported',
  /** Objects from elsewhere than the API server. */
  configSources: 'reported',

  accessLogEncoding: 'irrelevant',
  accessLogFile: 'irrelevant',
  accessLogFormat: 'irrelevant',
  ca: 'irrelevant',
  caCertificates: 'irrelevant',
  certificates: 'irrelevant',
  connectTimeout: 'irrelevant',
  defaultProviders: 'irrelevant',
  disableEnvoyListenerLog: 'irrelevant',
  dnsRefreshRate: 'irrelevant',
  enableEnvoyAccessLogService: 'irrelevant',
  enablePrometheusMerge: 'irrelevant',
  enableTracing: 'irrelevant',
  h2UpgradePolicy: 'irrelevant',
  hboneIdleTimeout: 'irrelevant',
  inboundClusterStatName: 'irrelevant',
  /** What becomes of ports that no Service declares. */
  inboundTrafficPolicy: 'irrelevant',
  /** TLS versions and cipher suites between proxies, which agree on them. */
  meshMTLS: 'irrelevant',
  outboundClusterStatName: 'irrelevant',
  protocolDetectionTimeout: 'irrelevant',
  proxyHttpPort: 'irrelevant',
  proxyInboundListenPort: 'irrelevant',
  proxyListenPort: 'irrelevant',
  /** From which clusters of a mesh endpoints come. */
  serviceScopeConfigs: 'irrelevant',
  serviceSettings: 'irrelevant',
  tcpKeepalive: 'irrelevant',
  thriftConfig: 'irrelevant',
  tlsDefaults: 'irrelevant',
  verifyCertificateAtClient: 'irrelevant',
}

/** Parts of `defaultConfig` that change requests; the others start the proxy, watch it or trace it. */
export const PROXY_CONFIG_FIELDS: Readonly<Record<string, FieldUse>> = {
  proxyHeaders: 'reported',
  gatewayTopology: 'reported',
}
