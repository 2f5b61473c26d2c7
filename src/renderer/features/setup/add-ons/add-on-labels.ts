import type { AddOnName } from '../../../../domain/setup/add-ons/find-add-ons.ts'

export const titles: Readonly<Record<AddOnName, string>> = {
  prometheus: 'Prometheus',
  jaeger: 'Jaeger',
  grafana: 'Grafana',
}
export const purposes: Readonly<Record<AddOnName, string>> = {
  prometheus:
    'Metrics of both meshes, six hours in memory. Traffic does not need it: it reads the proxies themselves.',
  jaeger: 'Traces, in memory. Istio sends them when its configuration names this Jaeger.',
  grafana: 'One dashboard of the mesh from this Prometheus, viewable without a login.',
}

/** What of add-ons is to be installed or removed. */
export interface AddOnsRequest {
  readonly action: 'install' | 'remove'
  readonly names: readonly AddOnName[]
  readonly url?: string
}
