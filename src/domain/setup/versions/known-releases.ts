import { GATEWAY_API_RELEASES } from './gateway-api-releases.ts'
import { ISTIO_RELEASES } from './istio-releases.ts'
import { KIND_RELEASES } from './kind-releases.ts'
import { KUBERNETES_RELEASES } from './kubernetes-releases.ts'
import { LINKERD_RELEASES } from './linkerd-releases.ts'
import { MINIKUBE_RELEASES } from './minikube-releases.ts'

/** Everything that is known, by product. */
export const KNOWN_RELEASES = {
  kubernetes: KUBERNETES_RELEASES,
  istio: ISTIO_RELEASES,
  linkerd: LINKERD_RELEASES,
  gatewayApi: GATEWAY_API_RELEASES,
  kind: KIND_RELEASES,
  minikube: MINIKUBE_RELEASES,
} as const
