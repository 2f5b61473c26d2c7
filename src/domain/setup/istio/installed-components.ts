import { fieldsOf, listOf, numberOf, textOf } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'

type Fields = Readonly<Record<string, unknown>>

/** A gateway that an installation has, and what of it differs from the charts. */
export interface InstalledGateway {
  readonly name: string
  readonly namespace: string
  /** Labels of its pods besides the ones of every gateway. */
  readonly label: Readonly<Record<string, string>>
  /** Settings of `k8s` that differ from what the charts write. */
  readonly k8s: Fields
}

/** The parts of an installation that run in a cluster. */
export interface InstalledComponents {
  readonly hasPilot: boolean
  readonly cni: boolean
  readonly ztunnel: boolean
  /** Whether the CNI agent runs in kube-system, as the profiles for OpenShift have it. */
  readonly isCniWithSystem: boolean
  readonly ingress: readonly InstalledGateway[]
  readonly egress: readonly InstalledGateway[]
}

/** The label that istioctl writes. Source: istio, operator/pkg/component/component.go */
const COMPONENT = 'operator.istio.io/component'
const DEFAULT_LABELS = {
  IngressGateways: { app: 'istio-ingressgateway', istio: 'ingressgateway' },
  EgressGateways: { app: 'istio-egressgateway', istio: 'egressgateway' },
} as const
/** Types of a gateway's Service as the charts have them. Source: istio, manifests/charts/gateways */
const SERVICE_TYPES = { IngressGateways: 'LoadBalancer', EgressGateways: 'ClusterIP' } as const
/** Source: istio, manifests/charts/gateways/istio-ingress/values.yaml (autoscaleMin, autoscaleMax) */
const DEFAULT_SCALE = { minReplicas: 1, maxReplicas: 5 } as const

type GatewayComponent = keyof typeof DEFAULT_LABELS

/** The enabled parts by the objects of a revision. */
export function readInstalledComponents(objects: readonly KubernetesObject[]): InstalledComponents {
  const has = (kind: string, component: string): boolean =>
    objects.some(object => object.kind === kind && componentOf(object) === component)
  return {
    hasPilot: has('Deployment', 'Pilot'),
    cni: has('DaemonSet', 'Cni'),
    // Its chart does not write the label of the component; istioctl adds it later.
    ztunnel: objects.some(
      object =>
        object.kind === 'DaemonSet' && object.metadata.labels?.['app.kubernetes.io/name'] === 'ztunnel',
    ),
    isCniWithSystem: objects.some(
      object =>
        object.kind === 'DaemonSet' &&
        componentOf(object) === 'Cni' &&
        object.metadata.namespace === 'kube-system',
    ),
    ingress: readGateways(objects, 'IngressGateways'),
    egress: readGateways(objects, 'EgressGateways'),
  }
}

const componentOf = ({ metadata }: KubernetesObject): string | undefined => metadata.labels?.[COMPONENT]

const readGateways = (
  objects: readonly KubernetesObject[],
  component: GatewayComponent,
): readonly InstalledGateway[] =>
  objects
    .filter(object => object.kind === 'Deployment' && componentOf(object) === component)
    .map(deployment => readGateway(deployment, objects, component))

function readGateway(
  { metadata, spec }: KubernetesObject,
  objects: readonly KubernetesObject[],
  component: GatewayComponent,
): InstalledGateway {
  const beside = (kind: string): KubernetesObject | undefined =>
    objects.find(
      object =>
        object.kind === kind &&
        object.metadata.name === metadata.name &&
        object.metadata.namespace === metadata.namespace,
    )
  const type = textOf(fieldsOf(beside('Service')?.spec)['type'])
  const scale = fieldsOf(beside('HorizontalPodAutoscaler')?.spec)
  const selector = fieldsOf(fieldsOf(fieldsOf(spec)['selector'])['matchLabels'])
  const defaults: Fields = DEFAULT_LABELS[component]
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    label: Object.fromEntries(
      Object.entries(selector).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string' && defaults[entry[0]] !== entry[1],
      ),
    ),
    k8s: {
      ...(type === undefined || type === SERVICE_TYPES[component] ? {} : { service: { type } }),
      ...scaleOf(scale),
      ...resourcesOf(spec),
    },
  }
}

function scaleOf(scale: Fields): Fields {
  const [minReplicas, maxReplicas] = [numberOf(scale['minReplicas']), numberOf(scale['maxReplicas'])]
  if (minReplicas === undefined || maxReplicas === undefined) return {}
  const differs = minReplicas !== DEFAULT_SCALE.minReplicas || maxReplicas !== DEFAULT_SCALE.maxReplicas
  return differs ? { hpaSpec: { minReplicas, maxReplicas } } : {}
}

/** What a gateway asks for where no profile says so. Source: istio, manifests/profiles/default.yaml and demo.yaml */
const PROFILE_RESOURCES: readonly Fields[] = [
  { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '2000m', memory: '1024Mi' } },
  { requests: { cpu: '10m', memory: '40Mi' }, limits: { cpu: '2000m', memory: '1024Mi' } },
]

function resourcesOf(spec: unknown): Fields {
  const [first] = listOf(fieldsOf(fieldsOf(fieldsOf(spec)['template'])['spec'])['containers'])
  const resources = fieldsOf(fieldsOf(first)['resources'])
  const isOwn = Object.keys(resources).length > 0 && !PROFILE_RESOURCES.some(each => isSame(each, resources))
  return isOwn ? { resources } : {}
}

/** Two trees of plain values; the order of fields means nothing. The API server writes 2 for 2000m and 1Gi for 1024Mi. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || one === null) return quantityOf(one) === quantityOf(other)
  const [left, right] = [fieldsOf(one), fieldsOf(other)]
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...names].every(name => isSame(left[name], right[name]))
}

const SUFFIXES: Readonly<Record<string, number>> = { m: 1e-3, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 }

/** Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
function quantityOf(value: unknown): unknown {
  const match = /^(?<number>\d+(?:\.\d+)?)(?<suffix>m|Ki|Mi|Gi)?$/.exec(String(value))?.groups
  return match === undefined ? value : Number(match['number']) * (SUFFIXES[match['suffix'] ?? ''] ?? 1)
}
