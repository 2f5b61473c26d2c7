import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import { ProblemError } from '../../problem.ts'
import { findKeyProblems } from '../../yaml/key-problems.ts'
import { LineIndex } from '../../yaml/lines.ts'
import { assertTextLimits, checkExpansion } from '../../yaml/read-yaml.ts'
import { describeYamlError } from './describe-yaml-error.ts'

/** What a minikube cluster is made of. */
export interface MinikubeSettings {
  readonly driver: string
  /** `1.35.8`. */
  readonly kubernetes: string
  readonly cpus: number
  /** In gigabytes. */
  readonly memory: number
  readonly workers: number
  readonly ports: readonly { readonly host: number; readonly node: number }[]
}

/**
 * The options of `minikube start` that a configuration may have. Add-ons are not among them: the one for Istio is built
 * on the operator that Istio removed. Source: https://minikube.sigs.k8s.io/docs/commands/start/
 */
const OPTIONS = [
  'driver',
  'container-runtime',
  'kubernetes-version',
  'cpus',
  'memory',
  'disk-size',
  'nodes',
  'cni',
  'ports',
  'embed-certs',
  'keep-context',
  'wait',
  'wait-timeout',
  'extra-config',
  'feature-gates',
  'insecure-registry',
  'registry-mirror',
  'image-repository',
  'image-mirror-country',
  'service-cluster-ip-range',
  'subnet',
  'static-ip',
  'apiserver-port',
  'listen-address',
] as const

/**
 * The options as text that can be edited before they are used. minikube reads no file: each line becomes an option of
 * `minikube start`.
 */
export function writeMinikubeOptions(settings: MinikubeSettings): string {
  const { driver, kubernetes, cpus, memory, workers, ports } = settings
  return [
    '# minikube takes no file: each line becomes an option of minikube start.',
    `driver: ${driver}`,
    'container-runtime: containerd',
    `kubernetes-version: v${kubernetes}`,
    `cpus: ${cpus}`,
    `memory: ${memory}g`,
    `nodes: ${workers + 1}`,
    ...(workers > 0 ? ['cni: kindnet'] : []),
    // Certificates in the kubeconfig itself, so that a copy of it is enough to reach the cluster.
    'embed-certs: true',
    '# The current context of kubectl stays as it is.',
    'keep-context: true',
    'wait: all',
    ...(ports.length === 0 ? [] : ['ports:']),
    // Without an address the port would be open to the whole network.
    ...ports.map(({ host, node }) => `  - "127.0.0.1:${host}:${node}"`),
    '',
  ].join('\n')
}

/** A configuration as it was read: options by name, a list where an option was given several times. */
export type MinikubeOptions = ReadonlyMap<string, readonly string[]>

function fail(message: string, hint: string, at: { line: number; col: number }): never {
  throw new ProblemError({ code: 'bad-input', message, hint, at: 'config', line: at.line, column: at.col })
}

/** Reads the text back; anything but known options with plain values is a problem with its place. */
export function readMinikubeOptions(text: string): MinikubeOptions {
  assertTextLimits(text)
  const lines = new LineCounter()
  // The keys are looked at below: the parser compares each with each.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false })
  const [error] = document.errors
  if (error)
    fail(
      `The options are not YAML: ${describeYamlError(error.message)}`,
      'Write one option a line, as name: value.',
      lines.linePos(error.pos[0]),
    )
  const [twice] = document.contents === null ? [] : findKeyProblems(document.contents, new LineIndex(text))
  if (twice)
    fail(twice.message, 'Look at the line that is marked.', {
      line: twice.line ?? 1,
      col: twice.column ?? 1,
    })
  const { contents } = document
  if (!isMap(contents))
    fail('The options are not a list of names with values', 'Write one option a line, as driver: docker.', {
      line: 1,
      col: 1,
    })
  const options = new Map<string, readonly string[]>()
  const bomb = checkExpansion(document)
  if (bomb) throw new ProblemError({ ...bomb, at: 'config', line: 1, column: 1 })
  const values = document.toJS() as Readonly<Record<string, unknown>>
  for (const { key } of contents.items) {
    const name = isScalar(key) ? String(key.value) : ''
    const at = lines.linePos(isScalar(key) ? key.range[0] : 0)
    if (name === 'addons')
      fail(
        'Add-ons of minikube are not used here',
        'Take the line out: the meshes are installed by Setup, and the add-on for Istio is out of date.',
        at,
      )
    if (!OPTIONS.some(known => known === name))
      fail(
        `${JSON.stringify(name)} is no option that is passed to minikube start`,
        `Known are ${OPTIONS.join(', ')}.`,
        at,
      )
    const own = values[name]
    const list: readonly unknown[] = Array.isArray(own) ? own : [own]
    if (list.length === 0 || !list.every(isPlainValue))
      fail(`${name} has no plain value`, `Write ${name}: value, or a list of values below it.`, at)
    options.set(name, list.map(String))
  }
  return options
}

const isPlainValue = (value: unknown): value is string | number | boolean =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean'

/** The arguments of `minikube start`, in the order of the text. `--name=value`, so that no value becomes an option. */
export function minikubeStartArguments(name: string, options: MinikubeOptions): readonly string[] {
  return [
    'start',
    `--profile=${name}`,
    ...[...options].flatMap(([option, values]) => values.map(value => `--${option}=${value}`)),
    '--output=json',
  ]
}
