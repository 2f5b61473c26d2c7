import { compareVersions, readVersion } from '../versions/version.ts'

/** The Gateway API's CRDs as they are in a cluster. */
export interface FoundGatewayApi {
  /** Of the annotation `gateway.networking.k8s.io/bundle-version`; absent where somebody took it away. */
  readonly version?: string
  readonly channel?: string
}

/** What has to be done for Linkerd about the CRDs of the Gateway API. */
export interface GatewayApiPlan {
  readonly action: 'install' | 'update' | 'keep' | 'refuse'
  /** The version to apply, of `install` and `update`. */
  readonly version?: string
  /** What is done and why, in a sentence. */
  readonly why: string
  /** Something that works but not as one may think. */
  readonly warning?: string
}

/**
 * CRDs are installed or brought up, never down: an older bundle would take fields, and with them routes, away.
 * Sources: https://linkerd.io/2/features/gateway-api/, https://gateway-api.sigs.k8s.io/guides/#upgrading-to-new-versions
 */
export function planGatewayApi(
  found: FoundGatewayApi | undefined,
  { from, to }: { readonly from: string; readonly to: string },
  chosen: string,
): GatewayApiPlan {
  if (!found)
    return {
      action: 'install',
      version: chosen,
      why: `The cluster has no Gateway API: ${chosen} is installed, which Linkerd reads (${from} to ${to})`,
    }
  const version = found.version?.replace(/^v/, '')
  if (version === undefined || !readVersion(version))
    return {
      action: 'keep',
      why: 'The CRDs of the Gateway API are there without a version: they are left as they are',
      warning: `It is unknown whether Linkerd supports them; it needs ${from} to ${to}.`,
    }
  if (compareVersions(version, from) < 0) {
    if (found.channel === 'experimental')
      return {
        action: 'refuse',
        why: `The cluster has Gateway API ${version} of the experimental channel; Linkerd needs ${from} or newer`,
        warning: 'The standard bundle would remove its experimental kinds and fields: update it yourself.',
      }
    return {
      action: 'update',
      version: chosen,
      why: `The cluster has Gateway API ${version}; Linkerd needs ${from} or newer, so it becomes ${chosen}`,
    }
  }
  if (compareVersions(version, to) > 0)
    return {
      action: 'keep',
      why: `The cluster has Gateway API ${version}: it is newer and never made older`,
      warning: `Linkerd was tested up to ${to}: it ignores routes with fields that it does not know.`,
    }
  return { action: 'keep', why: `The cluster has Gateway API ${version}, which Linkerd reads` }
}
