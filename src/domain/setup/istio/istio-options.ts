import { fieldsOf, listOf, numberOf, textOf } from '../../istio/fields/read-fields.ts'
import { ProblemError, type Problem } from '../../problem.ts'
import { applyChanges } from '../../yaml/apply-change.ts'
import type { Change } from '../../yaml/change.ts'
import { parseManifest, type ManifestDocument } from '../../yaml/manifest.ts'
import type { Path } from '../../yaml/path.ts'
import { applyTextEdits } from '../../yaml/text-edit.ts'

export const ISTIO_PROFILES = ['default', 'demo', 'minimal', 'ambient', 'empty', 'preview'] as const
export type IstioProfile = (typeof ISTIO_PROFILES)[number]

/** What the form shows of the options; everything else of the text stays as it is. */
export interface IstioOptions {
  readonly profile: string
  /** Absent: the installation without a name, `default`. */
  readonly revision?: string
  /** Absent: as the profile has it. */
  readonly hasIngress?: boolean
  readonly hasEgress?: boolean
  /** Absent: a LoadBalancer, as Istio does by itself. */
  readonly ingressType?: string
  readonly hasAccessLog: boolean
  readonly hasTracing: boolean
  /** The names of the providers of traces that are written. */
  readonly providers: readonly string[]
  /** Replicas of istiod, where they are set. */
  readonly replicas?: number
}

export type IstioOption = Exclude<keyof IstioOptions, 'providers'>

/** The text that an installation begins with: a profile and nothing else. */
export const NEW_ISTIO_OPTIONS = `apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec:
  profile: default
`

const GATEWAYS = { hasIngress: 'ingressGateways', hasEgress: 'egressGateways' } as const
const GATEWAY_NAMES = {
  ingressGateways: 'istio-ingressgateway',
  egressGateways: 'istio-egressgateway',
} as const

/** The options of a text, or why it is none: with the place of the mistake. */
export function readIstioOptions(
  text: string,
): { readonly options: IstioOptions } | { readonly problem: Problem } {
  const found = findDocument(text)
  if ('problem' in found) return found
  const spec = fieldsOf(fieldsOf(found.document.value)['spec'])
  const mesh = fieldsOf(spec['meshConfig'])
  const components = fieldsOf(spec['components'])
  const revision = textOf(spec['revision'])
  const gateway = (list: 'ingressGateways' | 'egressGateways') =>
    listOf(components[list])
      .map(fieldsOf)
      .find(each => (each['name'] ?? GATEWAY_NAMES[list]) === GATEWAY_NAMES[list])
  const enabled = (list: 'ingressGateways' | 'egressGateways'): boolean | undefined => {
    const found = gateway(list)
    return found && found['enabled'] !== false
  }
  const [hasIngress, hasEgress] = [enabled('ingressGateways'), enabled('egressGateways')]
  const service = fieldsOf(fieldsOf(gateway('ingressGateways')?.['k8s'])['service'])
  const ingressType = textOf(service['type'])
  const replicas = numberOf(fieldsOf(fieldsOf(components['pilot'])['k8s'])['replicaCount'])
  return {
    options: {
      profile: textOf(spec['profile']) ?? 'default',
      hasAccessLog: textOf(mesh['accessLogFile']) !== undefined,
      hasTracing: mesh['enableTracing'] === true,
      providers: listOf(mesh['extensionProviders'])
        .map(each => textOf(fieldsOf(each)['name']) ?? '')
        .filter(name => name !== ''),
      ...(revision === undefined ? {} : { revision }),
      ...(hasIngress === undefined ? {} : { hasIngress }),
      ...(hasEgress === undefined ? {} : { hasEgress }),
      ...(ingressType === undefined ? {} : { ingressType }),
      ...(replicas === undefined ? {} : { replicas }),
    },
  }
}

/**
 * Sets one option in the user's text with the fewest characters; undefined removes it, so that the profile decides.
 * Throws `bad-input` where the text is no IstioOperator, `unsupported` where a form cannot change it.
 */
export function setIstioOption<Option extends IstioOption>(
  text: string,
  option: Option,
  value: IstioOptions[Option] | undefined,
): string {
  const found = findDocument(text)
  if ('problem' in found) throw new ProblemError(found.problem)
  const { document } = found
  const edits = applyChanges(text, document.index, content => changesOf(content, option, value))
  return applyTextEdits(text, edits)
}

function changesOf(content: unknown, option: IstioOption, value: unknown): readonly Change[] {
  const spec = fieldsOf(fieldsOf(content)['spec'])
  const put = (path: Path, next: unknown, exists: boolean): readonly Change[] =>
    next === undefined ? (exists ? [{ kind: 'remove', path }] : []) : [{ kind: 'set', path, value: next }]
  const mesh = fieldsOf(spec['meshConfig'])
  switch (option) {
    case 'profile':
    case 'revision':
      return put(['spec', option], value, option in spec)
    case 'hasAccessLog':
      return put(
        ['spec', 'meshConfig', 'accessLogFile'],
        value === true ? '/dev/stdout' : undefined,
        'accessLogFile' in mesh,
      )
    case 'hasTracing':
      return put(
        ['spec', 'meshConfig', 'enableTracing'],
        value === true ? true : undefined,
        'enableTracing' in mesh,
      )
    case 'replicas': {
      const pilot = fieldsOf(fieldsOf(fieldsOf(spec['components'])['pilot'])['k8s'])
      return put(['spec', 'components', 'pilot', 'k8s', 'replicaCount'], value, 'replicaCount' in pilot)
    }
    case 'hasIngress':
    case 'hasEgress':
      return gatewayChanges(spec, GATEWAYS[option], value === undefined ? undefined : { enabled: value })
    case 'ingressType':
      return gatewayChanges(spec, 'ingressGateways', { type: value })
  }
}

/** The gateway of the profile's name in its list; the list holds whole gateways, so it is made where it is missing. */
function gatewayChanges(
  spec: Readonly<Record<string, unknown>>,
  list: 'ingressGateways' | 'egressGateways',
  wanted: { readonly enabled: unknown } | { readonly type: unknown } | undefined,
): readonly Change[] {
  const present = listOf(fieldsOf(spec['components'])[list])
  const index = present.findIndex(
    each => (fieldsOf(each)['name'] ?? GATEWAY_NAMES[list]) === GATEWAY_NAMES[list],
  )
  const path = ['spec', 'components', list]
  const own: Path = [...path, index]
  if (wanted === undefined) {
    if (index < 0) return []
    return present.length === 1 ? [{ kind: 'remove', path }] : [{ kind: 'remove', path: own }]
  }
  if (index < 0) {
    if ('type' in wanted && wanted.type === undefined) return []
    const isOn = 'enabled' in wanted ? wanted.enabled : true
    const added = {
      name: GATEWAY_NAMES[list],
      enabled: isOn,
      ...('type' in wanted ? { k8s: { service: { type: wanted.type } } } : {}),
    }
    return present.length === 0
      ? [{ kind: 'set', path, value: [added] }]
      : [{ kind: 'insert', path, index: present.length, value: added }]
  }
  if ('enabled' in wanted) return [{ kind: 'set', path: [...own, 'enabled'], value: wanted.enabled }]
  const typePath = [...own, 'k8s', 'service', 'type']
  const service = fieldsOf(fieldsOf(fieldsOf(present[index])['k8s'])['service'])
  if (wanted.type !== undefined) return [{ kind: 'set', path: typePath, value: wanted.type }]
  return 'type' in service ? [{ kind: 'remove', path: typePath }] : []
}

/** The IstioOperator of a text. */
export function findDocument(
  text: string,
): { readonly document: ManifestDocument } | { readonly problem: Problem } {
  const { documents, problems } = parseManifest(text)
  const [first] = [...problems, ...documents.flatMap(each => each.problems)]
  if (first) return { problem: first }
  const document = documents.find(({ value }) => fieldsOf(value)['kind'] === 'IstioOperator')
  if (document) return { document }
  return {
    problem: {
      code: 'bad-input',
      message: 'The text has no IstioOperator',
      hint: 'Begin it with apiVersion: install.istio.io/v1alpha1, kind: IstioOperator and a spec.',
    },
  }
}
