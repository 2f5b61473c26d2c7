import { stringify } from 'yaml'
import { fieldsOf, textOf } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { readInstalledComponents, type InstalledComponents } from './installed-components.ts'
import { profileComponents } from './profile-components.ts'

type Fields = Readonly<Record<string, unknown>>

/** What an installation was made with, as far as the cluster keeps it. */
export interface InstalledOptions {
  /** An IstioOperator that makes the same installation again: where a change begins. */
  readonly text: string
  readonly profile: string
  /** Whether the values were read from the cluster; without them only the profile and its parts are known. */
  readonly hasValues: boolean
  /** Whether it runs ztunnel. */
  readonly hasAmbient: boolean
}

/** Registries that istioctl itself writes when no other was asked for. Source: istio, manifests/charts/base/files/profile-*.yaml */
const DEFAULT_HUBS = ['docker.io/istio', 'registry.istio.io/release', 'gcr.io/istio-release']
const DEFAULT_NAMESPACE = 'istio-system'

/**
 * Top-level values that istioctl validates; others have to stand in `unvalidatedValues`, or the installation is rejected.
 * Source: istio, operator/pkg/apis/values_types.proto (message Values)
 */
const VALIDATED_VALUES: ReadonlySet<string> = new Set([
  'base',
  'cni',
  'compatibilityVersion',
  'defaultRevision',
  'experimental',
  'gatewayClasses',
  'gateways',
  'global',
  'istio_cni',
  'istiodRemote',
  'meshConfig',
  'ownerName',
  'pilot',
  'platform',
  'revisionTags',
  'sidecarInjectorWebhook',
  'telemetry',
  'ztunnel',
])

/**
 * The options of an installation by istioctl, read from what it leaves in a cluster: the values that it was given are in
 * the ConfigMap `values` (`values-REVISION`) since Istio 1.24, the enabled parts are known by their objects.
 * `objects` are those of the revision. Fields of `components.*.k8s` that are neither are not kept anywhere, and so not read.
 * Source: istio, manifests/charts/istio-control/istio-discovery/templates/configmap-values.yaml
 */
export function readInstalledOptions({
  values,
  objects,
  revision,
  version,
}: {
  readonly values: KubernetesObject | undefined
  readonly objects: readonly KubernetesObject[]
  readonly revision: string
  readonly version: string | undefined
}): InstalledOptions {
  const original = readOriginalValues(values)
  const components = readInstalledComponents(objects)
  const profile = findProfile(original, components)
  const { meshConfig, hub, tag, pilot, rest } = splitValues(original ?? {}, version)
  const [validated, unvalidated] = partition(rest, name => VALIDATED_VALUES.has(name))
  const spec = compactFields({
    profile,
    revision: revision === 'default' ? undefined : revision,
    hub,
    tag,
    meshConfig,
    components: profileComponents(profile, components, pilot),
    values: validated,
    unvalidatedValues: unvalidated,
  })
  return {
    text: stringify(
      { apiVersion: 'install.istio.io/v1alpha1', kind: 'IstioOperator', spec },
      { lineWidth: 0, aliasDuplicateObjects: false },
    ),
    profile,
    hasValues: original !== undefined,
    hasAmbient: components.ztunnel,
  }
}

/** The profiles `default`, `minimal` and `openshift` leave no name in the values: their parts tell them apart. */
function findProfile(original: Fields | undefined, components: InstalledComponents): string {
  const named = textOf(original?.['profile'])
  if (components.isCniWithSystem)
    return named === 'ambient' || components.ztunnel ? 'openshift-ambient' : 'openshift'
  if (named !== undefined) return named
  if (components.ztunnel) return 'ambient'
  if (components.egress.length > 0 && original === undefined) return 'demo'
  return components.ingress.length > 0 ? 'default' : 'minimal'
}

function readOriginalValues(values: KubernetesObject | undefined): Fields | undefined {
  const text = textOf(fieldsOf(values?.['data'])['original-values'])
  if (text === undefined) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Fields)
      : undefined
  } catch {
    // Somebody wrote something else there: the options are read from the objects alone.
    return undefined
  }
}

/** The values without what istioctl adds by itself, and without what belongs elsewhere in an IstioOperator. */
function splitValues(
  original: Fields,
  version: string | undefined,
): {
  readonly meshConfig: Fields | undefined
  readonly hub: string | undefined
  readonly tag: string | undefined
  readonly pilot: Fields
  readonly rest: Fields
} {
  const { meshConfig, ...others } = without(original, ['profile', 'revision'])
  const { hub, tag, configValidation, istioNamespace, ...global } = fieldsOf(others['global'])
  // Which parts are enabled is known by their objects.
  const { replicaCount, resources, ...pilot } = without(fieldsOf(others['pilot']), ['enabled', 'cni'])
  const { resourceName, ...ztunnel } = fieldsOf(others['ztunnel'])
  const [hubName, tagName] = [textOf(hub), textOf(tag)]
  return {
    meshConfig: nonEmpty(fieldsOf(meshConfig)),
    hub: hubName === undefined || DEFAULT_HUBS.includes(hubName) ? undefined : hubName,
    // The tag of the version itself would keep the next version from being installed.
    tag: tagName === undefined || tagName === version ? undefined : tagName,
    pilot: compactFields({ replicaCount, resources }),
    rest: compactFields({
      ...others,
      defaultRevision: others['defaultRevision'] === '' ? undefined : others['defaultRevision'],
      gateways: compactFields(fieldsOf(others['gateways'])),
      global: compactFields({
        ...global,
        configValidation: configValidation === true ? undefined : configValidation,
        istioNamespace: istioNamespace === DEFAULT_NAMESPACE ? undefined : istioNamespace,
      }),
      pilot,
      ztunnel: compactFields({
        ...ztunnel,
        resourceName: resourceName === 'ztunnel' ? undefined : resourceName,
      }),
    }),
  }
}

const without = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0

/** Without what is undefined, and without objects that hold nothing. */
const compactFields = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && !isEmpty(value)))

const nonEmpty = (fields: Fields): Fields | undefined => (isEmpty(fields) ? undefined : fields)

function partition(fields: Fields, isFirst: (name: string) => boolean): readonly [Fields, Fields] {
  const entries = Object.entries(fields)
  return [
    Object.fromEntries(entries.filter(([name]) => isFirst(name))),
    Object.fromEntries(entries.filter(([name]) => !isFirst(name))),
  ]
}
