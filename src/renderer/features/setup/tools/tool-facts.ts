import type { ToolName } from '../../../../domain/setup/tools/tool-name.ts'

/** What each tool is for here, and so what cannot be done while it is missing. */
export const TOOL_PURPOSES: Readonly<Record<ToolName, string>> = {
  kubectl: 'Not needed here: the app talks to the API server directly. For use in your own terminal.',
  kind: 'Local clusters in containers need it, and so does the local mesh.',
  minikube: 'Local clusters with minikube need it.',
  istioctl: 'Installing, checking, upgrading and removing Istio needs it.',
  linkerd: 'Installing, checking, upgrading and removing Linkerd needs it.',
  'cloud-provider-kind':
    'Services of type LoadBalancer on kind get their addresses from it. The local mesh does without: it uses ports of its node.',
}

export const VOUCHERS = {
  pinned: 'checksum pinned in this app',
  published: 'checksum published by its project',
  confirmed: 'hash confirmed by you',
} as const
