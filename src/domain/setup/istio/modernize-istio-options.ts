import { fieldsOf, listOf, numberOf, textOf } from '../../istio/fields/read-fields.ts'
import type { Problem } from '../../problem.ts'
import { ISTIO_RELEASES } from '../versions/istio-releases.ts'
import { applyChanges } from '../../yaml/apply-change.ts'
import type { Change } from '../../yaml/change.ts'
import { formatPath, type Path } from '../../yaml/path.ts'
import { applyTextEdits } from '../../yaml/text-edit.ts'
import { GONE_SETTINGS } from './removed-options.ts'
import { findDocument } from './istio-options.ts'

/** One thing that an old text said another way than today's Istio. */
export interface OptionsNote {
  readonly code:
    | 'operator-removed'
    | 'add-ons-removed'
    | 'component-removed'
    | 'setting-removed'
    | 'setting-moved'
    | 'images-removed'
    | 'tracing-moved'
  /** Where in the text that was given. */
  readonly path: string
  /** What was there, what became of it and why: a sentence. */
  readonly message: string
}

export interface ModernOptions {
  /** The user's text with the fewest changes; the same text where nothing is old. */
  readonly text: string
  /** The mesh-wide Telemetry that carries the sampling on, as YAML. */
  readonly telemetry?: string
  readonly notes: readonly OptionsNote[]
}

/** Components of Istio before 1.5 and 1.6. Source: https://istio.io/latest/news/releases/1.5.x/announcing-1.5/ */
const GONE_COMPONENTS = [
  'citadel',
  'galley',
  'policy',
  'telemetry',
  'sidecarInjector',
  'nodeAgent',
  'proxy',
  'coreDNS',
]
/** Source: https://istio.io/latest/news/releases/1.8.x/announcing-1.8/upgrade-notes/ (add-ons are installed apart). */
const GONE_VALUES = ['tracing', 'kiali', 'prometheus', 'grafana', 'mixer', 'prometheusOperator']
const TAGS: readonly Path[] = [
  ['spec', 'tag'],
  ['spec', 'values', 'global', 'tag'],
]
const OLD_SWITCH: Path = ['spec', 'values', 'global', 'enableTracing']
const JAEGER = 'jaeger'
const ZIPKIN_PORT = 9411

/**
 * An IstioOperator of any age as a file that today's `istioctl install -f` takes: without what was removed, and with
 * traces by an extension provider and a Telemetry. What today's Istio still knows stays character for character.
 * Sources: https://istio.io/latest/docs/tasks/observability/distributed-tracing/telemetry-api/ and
 * https://istio.io/latest/blog/2024/in-cluster-operator-deprecation-announcement/
 */
export function modernizeIstioOptions(text: string): ModernOptions | { readonly problem: Problem } {
  const found = findDocument(text)
  if ('problem' in found) return found
  const content = fieldsOf(found.document.value)
  const spec = fieldsOf(content['spec'])
  const notes: OptionsNote[] = []
  const changes: Change[] = []
  const remove = (code: OptionsNote['code'], path: Path, message: string): void => {
    changes.push({ kind: 'remove', path })
    notes.push({ code, path: formatPath(path), message })
  }

  if ('status' in content)
    remove(
      'operator-removed',
      ['status'],
      'The status was written by the operator in the cluster, which Istio 1.24 removed: it is dropped.',
    )
  for (const name of ['addonComponents', 'installPackagePath'])
    if (name in spec)
      remove(
        'add-ons-removed',
        ['spec', name],
        name === 'addonComponents'
          ? 'Istio installs no add-ons since 1.8: install Prometheus, Jaeger or Grafana under Add-ons.'
          : 'The charts are those of istioctl itself: the path is dropped.',
      )
  const values = fieldsOf(spec['values'])
  for (const name of GONE_VALUES)
    if (name in values)
      remove(
        'add-ons-removed',
        ['spec', 'values', name],
        `values.${name} was for an add-on that Istio installs no more since 1.8: it is dropped.`,
      )
  const components = fieldsOf(spec['components'])
  for (const name of GONE_COMPONENTS)
    if (name in components)
      remove(
        'component-removed',
        ['spec', 'components', name],
        `The component ${name} is part of istiod or gone since Istio 1.6: it is dropped.`,
      )

  const mesh = fieldsOf(spec['meshConfig'])
  for (const { path, movedTo, why } of GONE_SETTINGS) {
    const value = valueAt(content, path)
    if (value === undefined) continue
    const isMoved = movedTo !== undefined && !(movedTo in mesh)
    if (isMoved) changes.push({ kind: 'set', path: ['spec', 'meshConfig', movedTo], value })
    remove(
      isMoved ? 'setting-moved' : 'setting-removed',
      path,
      `${why}: it is ${isMoved ? 'moved there' : 'dropped'}.`,
    )
  }
  for (const path of TAGS) {
    const tag = valueAt(content, path)
    if (isOldTag(tag))
      remove(
        'images-removed',
        path,
        `The images of Istio ${String(tag)} do not work with today's configuration: the tag is dropped, so that they are those of istioctl.`,
      )
  }

  const tracing = readOldTracing(spec)
  for (const path of tracing.paths)
    remove('tracing-moved', path, `${formatPath(path)} moved to ${tracing.target}.`)
  if (tracing.provider) {
    const present = listOf(fieldsOf(spec['meshConfig'])['extensionProviders'])
    const exists = present.some(each => fieldsOf(each)['name'] === tracing.provider?.name)
    if (!exists)
      changes.push(
        present.length === 0
          ? { kind: 'set', path: ['spec', 'meshConfig', 'extensionProviders'], value: [tracing.provider] }
          : {
              kind: 'insert',
              path: ['spec', 'meshConfig', 'extensionProviders'],
              index: present.length,
              value: tracing.provider,
            },
      )
    const isOn = mesh['enableTracing'] === true || valueAt(content, OLD_SWITCH) === true
    if (!isOn) changes.push({ kind: 'set', path: ['spec', 'meshConfig', 'enableTracing'], value: true })
  }
  // A map that became empty says nothing.
  const edited =
    changes.length === 0
      ? text
      : applyTextEdits(text, applyChanges(text, found.document.index, inOrder(changes)))
  return {
    text: withoutEmptyMaps(edited, [
      ['spec', 'meshConfig', 'defaultConfig'],
      ['spec', 'values', 'global', 'tracer'],
      ['spec', 'values', 'global'],
      ['spec', 'values', 'pilot'],
      ['spec', 'values', 'telemetry'],
      ['spec', 'values'],
      ['spec', 'components'],
    ]),
    notes,
    ...(tracing.provider === undefined
      ? {}
      : { telemetry: writeTelemetry(tracing.provider.name, tracing.sampling) }),
  }
}

function valueAt(content: unknown, path: Path): unknown {
  let value = content
  for (const key of path) value = fieldsOf(value)[key]
  return value
}

/** A tag of a minor line before those that are still supported; one without a number is the user's own. */
function isOldTag(tag: unknown): boolean {
  const minor = (text: string): number => Number(/^1\.(\d+)(\D|$)/.exec(text)?.[1] ?? NaN)
  const oldest = Math.min(...ISTIO_RELEASES.map(({ version }) => minor(version)))
  return typeof tag === 'string' && minor(tag) < oldest
}

/** What is put in comes first: a map that loses all its entries first would be rewritten. */
const inOrder = (changes: readonly Change[]): readonly Change[] => [
  ...changes.filter(({ kind }) => kind !== 'remove'),
  ...changes.filter(({ kind }) => kind === 'remove'),
]

interface OldTracing {
  readonly paths: readonly Path[]
  readonly target: string
  readonly provider?: {
    readonly name: string
    readonly zipkin: { readonly service: string; readonly port: number }
  }
  readonly sampling?: number
}

/** Zipkin's address and the sampling from the three places where older texts have them. */
function readOldTracing(spec: Readonly<Record<string, unknown>>): OldTracing {
  const config = fieldsOf(fieldsOf(spec['meshConfig'])['defaultConfig'])
  const own = fieldsOf(config['tracing'])
  const tracer = fieldsOf(fieldsOf(fieldsOf(spec['values'])['global'])['tracer'])
  const addresses: readonly (readonly [Path, unknown])[] = [
    [['spec', 'meshConfig', 'defaultConfig', 'tracing', 'zipkin'], fieldsOf(own['zipkin'])['address']],
    [['spec', 'meshConfig', 'defaultConfig', 'zipkinAddress'], config['zipkinAddress']],
    [['spec', 'values', 'global', 'tracer', 'zipkin'], fieldsOf(tracer['zipkin'])['address']],
  ]
  const given = addresses.find(([, address]) => textOf(address) !== undefined)
  const sampling = numberOf(own['sampling'])
  if (!given) return { paths: [], target: '' }
  const provider = { name: JAEGER, zipkin: readAddress(String(given[1])) }
  // The map goes whole where it held nothing else.
  const isWhole = Object.keys(own).every(key => key === 'zipkin' || key === 'sampling')
  const paths = addresses.flatMap(([path, address]): Path[] => {
    if (textOf(address) === undefined) return []
    if (path.at(-2) !== 'tracing') return [path]
    if (isWhole) return [path.slice(0, -1)]
    return sampling === undefined ? [path] : [path, [...path.slice(0, -1), 'sampling']]
  })
  return {
    paths,
    target: `the extension provider ${JAEGER} and a Telemetry, which sidecars read without a restart`,
    provider,
    ...(sampling === undefined ? {} : { sampling }),
  }
}

/** `jaeger-collector.istio-system:9411` as a provider names it: by the whole name of the Service. */
function readAddress(address: string): { readonly service: string; readonly port: number } {
  const [host = '', port] = address.split(':')
  const isShort = /^[^.]+\.[^.]+$/.test(host)
  return {
    service: isShort ? `${host}.svc.cluster.local` : host,
    port: Number(port ?? ZIPKIN_PORT),
  }
}

/** The Telemetry of the whole mesh; without a sampling, Istio's own 1 % holds. */
export function writeTelemetry(provider: string, sampling: number | undefined): string {
  return `apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata:
  name: mesh-default
  namespace: istio-system
spec:
  tracing:
    - providers:
        - name: ${provider}
${sampling === undefined ? '' : `      randomSamplingPercentage: ${String(sampling)}\n`}`
}

function withoutEmptyMaps(text: string, paths: readonly Path[]): string {
  let result = text
  for (const path of paths) {
    const found = findDocument(result)
    if ('problem' in found) return result
    const value = valueAt(found.document.value, path)
    if (typeof value !== 'object' || value === null || Object.keys(value).length > 0) continue
    result = applyTextEdits(result, applyChanges(result, found.document.index, [{ kind: 'remove', path }]))
  }
  return result
}
