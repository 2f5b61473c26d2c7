import type { InstalledComponents, InstalledGateway } from './installed-components.ts'

type Fields = Readonly<Record<string, unknown>>

interface ProfileComponents {
  readonly ingress?: true
  readonly egress?: true
  readonly cni?: true
  readonly ztunnel?: true
}

/** The parts beside istiod that a profile enables. Source: istio, manifests/profiles, and `istioctl manifest generate` 1.31 */
const PROFILES: Readonly<Record<string, ProfileComponents>> = {
  default: { ingress: true },
  demo: { ingress: true, egress: true },
  preview: { ingress: true },
  stable: { ingress: true },
  minimal: {},
  remote: {},
  empty: {},
  ambient: { cni: true, ztunnel: true },
  openshift: { cni: true, ingress: true },
  'openshift-ambient': { cni: true, ztunnel: true },
}
/** Profiles without an istiod of their own. */
const WITHOUT_PILOT = ['empty', 'remote']
const NAMESPACE = 'istio-system'

/** `spec.components` of what is installed: only where it differs from the profile. */
export function profileComponents(
  profile: string,
  installed: InstalledComponents,
  pilotSettings: Fields,
): Fields | undefined {
  const expected = PROFILES[profile] ?? {}
  const components = {
    ...(installed.hasPilot || WITHOUT_PILOT.includes(profile)
      ? Object.keys(pilotSettings).length === 0
        ? {}
        : { pilot: { k8s: pilotSettings } }
      : { pilot: { enabled: false } }),
    ...switchOf('cni', installed.cni, expected.cni === true),
    ...switchOf('ztunnel', installed.ztunnel, expected.ztunnel === true),
    ...gatewaysOf('ingressGateways', 'istio-ingressgateway', installed.ingress, expected.ingress === true),
    ...gatewaysOf('egressGateways', 'istio-egressgateway', installed.egress, expected.egress === true),
  }
  return Object.keys(components).length === 0 ? undefined : components
}

const switchOf = (name: string, exists: boolean, isExpected: boolean): Fields =>
  exists === isExpected ? {} : { [name]: { enabled: exists } }

function gatewaysOf(
  list: string,
  usualName: string,
  installed: readonly InstalledGateway[],
  isExpected: boolean,
): Fields {
  const entries = installed.map(({ name, namespace, label, k8s }): Fields => ({
    name,
    ...(namespace === NAMESPACE ? {} : { namespace }),
    enabled: true,
    ...(Object.keys(label).length === 0 ? {} : { label }),
    ...(Object.keys(k8s).length === 0 ? {} : { k8s }),
  }))
  const isUsual = (entry: Fields): boolean => entry['name'] === usualName && entry['namespace'] === undefined
  // A list replaces the profile's: what the profile has by itself is written as soon as something else is.
  const isOnlyUsual =
    entries.length === 1 && entries.every(each => isUsual(each) && Object.keys(each).length === 2)
  if (isExpected && isOnlyUsual) return {}
  if (isExpected && !entries.some(isUsual))
    return { [list]: [{ name: usualName, enabled: false }, ...entries] }
  return entries.length === 0 ? {} : { [list]: entries }
}
