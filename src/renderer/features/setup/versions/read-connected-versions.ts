import type { KubernetesObject } from '../../../../domain/kubernetes/kubernetes-object.ts'
import type { MeshName } from '../../../../domain/setup/versions/version-set.ts'
import { readVersion } from '../../../../domain/setup/versions/version.ts'

/** What a cluster has, as far as its objects tell. */
export interface ConnectedVersions {
  readonly kubernetes?: string
  readonly meshes: readonly {
    readonly mesh: MeshName
    readonly namespace: string
    readonly version?: string
  }[]
  readonly gatewayApi?: string
}

interface DeploymentShape {
  readonly spec?: {
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } }
  }
}

const CONTROL_PLANES = [
  { mesh: 'istio', label: 'app', value: 'istiod' },
  { mesh: 'linkerd', label: 'linkerd.io/control-plane-component', value: 'destination' },
] as const

/** The CRD that every release of the Gateway API has, with the release in its annotation. */
export const GATEWAY_API_CRD = 'httproutes.gateway.networking.k8s.io'
const BUNDLE_VERSION = 'gateway.networking.k8s.io/bundle-version'

/** Reads the versions from Deployments of a cluster, whoever made them, and from the CRD of HTTPRoute. */
export function readConnectedVersions(
  kubernetes: string | undefined,
  deployments: readonly KubernetesObject[],
  crd: KubernetesObject | undefined,
): ConnectedVersions {
  const bundle = crd?.metadata.annotations?.[BUNDLE_VERSION]?.replace(/^v/, '')
  return {
    ...(kubernetes === undefined ? {} : { kubernetes: kubernetes.replace(/^v/, '') }),
    meshes: CONTROL_PLANES.flatMap(({ mesh, label, value }) =>
      deployments
        .filter(({ metadata }) => metadata.labels?.[label] === value)
        .map(deployment => {
          const version = versionOf(deployment)
          const namespace = deployment.metadata.namespace ?? ''
          return { mesh, namespace, ...(version === undefined ? {} : { version }) }
        }),
    ),
    ...(bundle === undefined ? {} : { gatewayApi: bundle }),
  }
}

/** What its maker says (Linkerd), else its label, else the tag of its image: `1.31.0-distroless`. */
function versionOf({ metadata, spec }: KubernetesObject): string | undefined {
  const image = (spec as DeploymentShape['spec'])?.template?.spec?.containers?.[0]?.image ?? ''
  const said = [
    /linkerd\/\S+ (\S+)/.exec(metadata.annotations?.['linkerd.io/created-by'] ?? '')?.[1],
    metadata.labels?.['app.kubernetes.io/version'],
    /:([\w][\w.-]*)(?:@sha256:[0-9a-f]+)?$/.exec(image)?.[1],
  ]
  const known = said.find(text => text !== undefined && readVersion(text) !== undefined)
  return known?.replace(/-(?:distroless|debug)$/, '').replace(/^v/, '')
}
