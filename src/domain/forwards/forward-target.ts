import { ProblemError, type Problem } from '../problem.ts'
import type { KubernetesObject, ResourceType } from '../kubernetes/kubernetes-object.ts'

/** The kinds that lead to pods, with where the API server serves them. */
const types = {
  Pod: { group: '', version: 'v1', plural: 'pods' },
  Service: { group: '', version: 'v1', plural: 'services' },
  Deployment: { group: 'apps', version: 'v1', plural: 'deployments' },
  StatefulSet: { group: 'apps', version: 'v1', plural: 'statefulsets' },
  DaemonSet: { group: 'apps', version: 'v1', plural: 'daemonsets' },
  ReplicaSet: { group: 'apps', version: 'v1', plural: 'replicasets' },
  Job: { group: 'batch', version: 'v1', plural: 'jobs' },
} as const

export type ForwardKind = keyof typeof types
export const forwardKinds = Object.keys(types) as [ForwardKind, ...ForwardKind[]]

/** What a forward leads to. */
export interface ForwardTarget {
  readonly kind: ForwardKind
  readonly namespace: string
  readonly name: string
}

/** How the API server serves a kind that can be forwarded to. */
export const forwardType = (kind: ForwardKind): ResourceType => ({ ...types[kind], kind, isNamespaced: true })

/** Whether an object of this kind leads to pods. */
export const isForwardKind = (kind: string): kind is ForwardKind => Object.hasOwn(types, kind)

type Fields = Readonly<Record<string, unknown>>
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {}
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : [])

/** The label selector of the pods that an object leads to, as the API server reads it; undefined: none can be told. */
export function selectorText({ kind, spec }: KubernetesObject): string | undefined {
  const selector = fieldsOf(fieldsOf(spec)['selector'])
  const labels = kind === 'Service' ? selector : fieldsOf(selector['matchLabels'])
  const parts = Object.entries(labels).map(([name, value]) => `${name}=${String(value)}`)
  const expressions = kind === 'Service' ? [] : listOf(selector['matchExpressions'])
  for (const { key, operator, values } of expressions) {
    const list = Array.isArray(values) ? `(${values.join(',')})` : ''
    if (operator === 'In') parts.push(`${String(key)} in ${list}`)
    else if (operator === 'NotIn') parts.push(`${String(key)} notin ${list}`)
    else if (operator === 'Exists') parts.push(String(key))
    else if (operator === 'DoesNotExist') parts.push(`!${String(key)}`)
  }
  return parts.length === 0 ? undefined : parts.join(',')
}

/** A pod that runs and is not on its way out: connections to it can go on. */
export const isRunning = ({ metadata, status }: KubernetesObject): boolean =>
  metadata.deletionTimestamp === undefined && fieldsOf(status)['phase'] === 'Running'

const isReady = ({ status }: KubernetesObject): boolean =>
  listOf(fieldsOf(status)['conditions']).some(
    ({ type, status: value }) => type === 'Ready' && value === 'True',
  )

/**
 * The pod to go to: the present one as long as it runs, else the newest that is ready. A pod that was chosen by name
 * need not be ready, since that is when one wants to look into it.
 */
export function choosePod(
  { kind }: Pick<ForwardTarget, 'kind'>,
  pods: readonly KubernetesObject[],
  presentUid: string | undefined,
): KubernetesObject | undefined {
  const running = pods.filter(isRunning)
  const present = running.find(({ metadata }) => metadata.uid !== undefined && metadata.uid === presentUid)
  if (present) return present
  const [best] = running
    .filter(pod => kind === 'Pod' || isReady(pod))
    .sort((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''))
  return best
}

/** Why there is no pod to go to, in words. */
export function describeWaiting(
  { kind, name }: ForwardTarget,
  object: KubernetesObject | undefined,
  pods: readonly KubernetesObject[],
): string {
  if (kind !== 'Pod' && object === undefined) return `${kind} ${name} does not exist`
  const [first] = pods
  if (first === undefined) return kind === 'Pod' ? `Pod ${name} does not exist` : `${kind} ${name} has no pod`
  const going = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length
  if (going === pods.length)
    return `${going === 1 ? 'The pod is' : `${String(going)} pods are`} being deleted`
  const phase = fieldsOf(first.status)['phase']
  return pods.length === 1
    ? `Pod ${first.metadata.name} is ${phase === 'Running' ? 'not ready' : typeof phase === 'string' ? phase : 'not there yet'}`
    : `None of ${String(pods.length)} pods is ready`
}

const containerPorts = (pod: KubernetesObject): readonly Fields[] => {
  const { containers, initContainers } = fieldsOf(pod.spec)
  return [...listOf(containers), ...listOf(initContainers)].flatMap(container => listOf(container['ports']))
}

/**
 * The pod's port that a port of the target means: of a Service its target port, which may be a name; of others a
 * number or a container port's name. Throws a ProblemError that names the ports there are.
 * Source: https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
 */
export function resolvePort(
  target: ForwardTarget,
  object: KubernetesObject | undefined,
  pod: KubernetesObject,
  port: string,
): number {
  if (target.kind !== 'Service') return numberOf(pod, port, `${target.kind} ${target.name}`)
  const ports = listOf(fieldsOf(object?.spec)['ports'])
  const found = ports.find(each => String(each['port']) === port || each['name'] === port)
  if (!found)
    throw new ProblemError(
      noPort(
        `Service ${target.name}`,
        port,
        ports.map(each => String(each['port'])),
      ),
    )
  const wanted = found['targetPort'] ?? found['port']
  return numberOf(pod, String(wanted), `Pod ${pod.metadata.name}`)
}

function numberOf(pod: KubernetesObject, port: string, owner: string): number {
  if (/^\d{1,5}$/.test(port)) return Number(port)
  const ports = containerPorts(pod)
  const number = ports.find(({ name }) => name === port)?.['containerPort']
  if (typeof number === 'number') return number
  throw new ProblemError(
    noPort(
      owner,
      port,
      ports.flatMap(({ name }) => (typeof name === 'string' ? [name] : [])),
    ),
  )
}

const noPort = (owner: string, port: string, there: readonly string[]): Problem => ({
  code: 'not-found',
  message: `${owner} has no port ${port}`,
  hint: there.length === 0 ? 'Choose a port by its number.' : `Its ports are ${there.join(', ')}.`,
})

/** The ports that an object offers, for a choice: of a Service its own, of pods and workloads their containers'. */
export function portsOf(
  object: KubernetesObject,
): readonly { readonly port: string; readonly name: string }[] {
  const spec = fieldsOf(object.spec)
  const name = (port: Fields): string => (typeof port['name'] === 'string' ? port['name'] : '')
  if (object.kind === 'Service')
    return listOf(spec['ports'])
      .filter(port => port['protocol'] !== 'UDP' && port['protocol'] !== 'SCTP')
      .map(port => ({ port: String(port['port']), name: name(port) }))
  const pod = object.kind === 'Pod' ? object : { ...object, spec: fieldsOf(spec['template'])['spec'] }
  return containerPorts(pod)
    .filter(port => port['protocol'] !== 'UDP' && port['protocol'] !== 'SCTP')
    .map(port => ({ port: String(port['containerPort']), name: name(port) }))
}
