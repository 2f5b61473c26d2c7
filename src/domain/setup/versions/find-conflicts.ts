import { compareVersions, isVersionMet, minorOf } from './version.ts'
import type { Candidate, VersionConflict, VersionOptions } from './version-set.ts'

type Rule = (candidate: Candidate, options: VersionOptions) => readonly VersionConflict[]

const istioKubernetes: Rule = ({ istio, kubernetes }) => {
  if (!istio || kubernetes === undefined) return []
  const { from, to, basis, source } = istio.kubernetes
  const [minor, line] = [minorOf(kubernetes), minorOf(istio.version)]
  const common = { severity: 'error', sources: [source] } as const
  if (compareVersions(minor, to) > 0)
    return [
      {
        ...common,
        code: 'kubernetes-too-new',
        message: `Kubernetes ${kubernetes} is newer than Istio ${line} supports (${from} to ${to})`,
        hint: `Take Kubernetes ${to} or a newer Istio.`,
      },
    ]
  if (compareVersions(minor, from) < 0)
    return [
      {
        ...common,
        code: 'kubernetes-too-old',
        message: `Kubernetes ${kubernetes} is older than Istio ${line} supports (${from} to ${to})`,
        hint: `Take Kubernetes ${from} or newer, or an older Istio.`,
      },
    ]
  if (basis === 'documented') return []
  return [
    {
      ...common,
      severity: 'info',
      code: 'kubernetes-unconfirmed',
      message: `Istio ${line} is reported to support Kubernetes ${from} to ${to}; its own table was not seen`,
      hint: 'Check the table of supported releases before you rely on it.',
    },
  ]
}

const linkerdKubernetes: Rule = ({ linkerd, kubernetes }) => {
  if (!linkerd || kubernetes === undefined) return []
  const { from, to, source } = linkerd.kubernetes
  const minor = minorOf(kubernetes)
  const name = `Linkerd ${linkerd.announcedAs} (${linkerd.version})`
  const sources = [source]
  if (compareVersions(minor, linkerd.testedTo) > 0)
    return [
      {
        code: 'kubernetes-too-new',
        severity: 'error',
        message: `Kubernetes ${kubernetes} is too new for ${name}, which documents ${from} to ${to} and is tested up to ${linkerd.testedTo}`,
        hint: `Take Kubernetes ${to}.`,
        sources,
      },
    ]
  if (compareVersions(minor, to) > 0)
    return [
      {
        code: 'kubernetes-unconfirmed',
        severity: 'warning',
        message: `${name} documents Kubernetes ${from} to ${to}; ${minor} is only what its own tests run on`,
        hint: `Take Kubernetes ${to} to stay in the documented range.`,
        sources,
      },
    ]
  if (compareVersions(minor, from) < 0)
    return [
      {
        code: 'kubernetes-too-old',
        severity: 'error',
        message: `Kubernetes ${kubernetes} is too old for ${name}, which documents ${from} to ${to}`,
        hint: `Take Kubernetes ${from} or newer.`,
        sources,
      },
    ]
  return []
}

/** CRDs below the minimum are not watched by istiod: objects of them are accepted and do nothing. */
const istioGatewayApi: Rule = ({ istio, gatewayApi }, { routeKinds = [] }) => {
  if (!istio || !gatewayApi) return []
  const name = `Istio ${istio.version}`
  const sources = [istio.source, gatewayApi.source]
  const conflicts: VersionConflict[] = Object.entries(istio.minimumGatewayApi)
    .filter(([, minimum]) => compareVersions(gatewayApi.version, minimum) < 0)
    .map(([kind, minimum]) => ({
      code: 'gateway-api-too-old',
      // Nothing is lost where nobody uses the kind.
      severity: routeKinds.includes(kind) ? 'error' : 'info',
      message: `${name} ignores ${kind} objects of Gateway API ${gatewayApi.version} without a word: it needs ${minimum} or newer`,
      hint: `Install Gateway API ${minimum} or newer to use ${kind}.`,
      sources,
    }))
  if (
    istio.gatewayApi !== undefined &&
    compareVersions(minorOf(gatewayApi.version), minorOf(istio.gatewayApi)) > 0
  )
    conflicts.push({
      code: 'gateway-api-too-new',
      severity: 'warning',
      message: `Gateway API ${gatewayApi.version} is newer than the ${istio.gatewayApi} that ${name} was built on, so its new fields do nothing`,
      hint: `Take Gateway API ${istio.gatewayApi}.`,
      sources,
    })
  return conflicts
}

const linkerdGatewayApi: Rule = ({ linkerd, gatewayApi }) => {
  if (!linkerd || !gatewayApi) return []
  const { from, to, source } = linkerd.gatewayApi
  const name = `Linkerd ${linkerd.announcedAs} (${linkerd.version})`
  const sources = [source, gatewayApi.source]
  if (compareVersions(gatewayApi.version, to) > 0)
    return [
      {
        code: 'gateway-api-too-new',
        severity: 'error',
        message: `Gateway API ${gatewayApi.version} is newer than ${name} works with (${from} to ${to}), so it ignores resources with fields it does not know`,
        hint: `Take Gateway API ${to}.`,
        sources,
      },
    ]
  if (compareVersions(gatewayApi.version, from) < 0)
    return [
      {
        code: 'gateway-api-too-old',
        severity: 'error',
        message: `Gateway API ${gatewayApi.version} is older than ${name} works with (${from} to ${to})`,
        hint: `Take Gateway API ${to}.`,
        sources,
      },
    ]
  return []
}

const bothMeshes: Rule = ({ istio, linkerd }) =>
  istio && linkerd
    ? [
        {
          code: 'both-meshes',
          severity: 'warning',
          message:
            'Istio and Linkerd can share a cluster, but a pod must be in one of them only and both read the same Gateway API CRDs',
          hint: 'Give each mesh namespaces of its own, and never put the labels of one and the annotation of the other on the same namespace.',
          sources: [istio.source, linkerd.source],
        },
      ]
    : []

const endOfLife: Rule = ({ istio }, { today }) =>
  istio && today !== undefined && istio.endOfLife < today
    ? [
        {
          code: 'end-of-life',
          severity: 'warning',
          message: `Istio ${minorOf(istio.version)} gets no more fixes since about ${istio.endOfLife}`,
          hint: 'Take a newer Istio.',
          sources: [istio.kubernetes.source],
        },
      ]
    : []

const nodeImage: Rule = ({ kind, kubernetes }) =>
  kind && kubernetes !== undefined && !kind.images.some(image => isVersionMet(image.kubernetes, kubernetes))
    ? [
        {
          code: 'no-node-image',
          severity: 'error',
          message: `kind ${kind.version} has no node image that was built for it with Kubernetes ${kubernetes}, only ${kind.images.map(each => each.kubernetes).join(', ')}`,
          hint: 'Take one of these, or name an image of your own.',
          sources: [kind.source],
        },
      ]
    : []

const minikubeKubernetes: Rule = ({ minikube, kubernetes }) =>
  minikube &&
  kubernetes !== undefined &&
  compareVersions(minorOf(kubernetes), minorOf(minikube.defaultKubernetes)) > 0
    ? [
        {
          code: 'kubernetes-too-new',
          severity: 'error',
          message: `Kubernetes ${kubernetes} is newer than minikube ${minikube.version} knows (${minikube.defaultKubernetes})`,
          hint: `Take Kubernetes ${minorOf(minikube.defaultKubernetes)} or a newer minikube.`,
          sources: [minikube.source],
        },
      ]
    : []

const RULES: readonly Rule[] = [
  istioKubernetes,
  linkerdKubernetes,
  istioGatewayApi,
  linkerdGatewayApi,
  bothMeshes,
  endOfLife,
  nodeImage,
  minikubeKubernetes,
]

/** Everything that is wrong or doubtful about versions that are to live together, the worst first. */
export function findVersionConflicts(
  candidate: Candidate,
  options: VersionOptions,
): readonly VersionConflict[] {
  const order = { error: 0, warning: 1, info: 2 }
  return RULES.flatMap(rule => rule(candidate, options)).toSorted(
    (a, b) => order[a.severity] - order[b.severity],
  )
}
