import type { Problem } from '../../domain/problem.ts'
import type { KubernetesObject, ResourceType } from '../../domain/kubernetes/kubernetes-object.ts'
import { apiVersionOf } from '../../domain/kubernetes/kubernetes-object.ts'
import type { ClustersBackend } from '../clusters/clusters.ts'
import { projectObject } from './project-object.ts'
import { reflect } from './reflector.ts'

/** What of the clusters the live lists need. */
export type ListClusters = Pick<ClustersBackend, 'client' | 'watchConnection' | 'namespaceOf'>

/** Told about each change of a list, in its order. */
export interface ListReader {
  replace(): void
  put(object: KubernetesObject): void
  remove(uid: string): void
  fail(problem: Problem): void
  recover(): void
}

/** A live copy of one list: a type in one namespace, or in all. */
export interface SharedList {
  /** By uid. Undefined until the list was read. */
  readonly objects: ReadonlyMap<string, KubernetesObject> | undefined
  readonly problem: Problem | undefined
}

export interface ListKey {
  readonly context: string
  readonly type: ResourceType
  /** Empty: all. */
  readonly namespace: string
}

const linger = 10_000

interface Running {
  objects: Map<string, KubernetesObject> | undefined
  problem: Problem | undefined
  readonly readers: Set<ListReader>
  readonly stop: AbortController
  ending?: NodeJS.Timeout
}

/** One watch for each list however many read it; it lingers a little after the last reader. */
export function createSharedLists(clusters: ListClusters): {
  /** The reader hears of changes from now on; what is there is read from `list`. */
  join(key: ListKey, reader: ListReader): { readonly list: SharedList; leave: () => void }
  stop(): void
} {
  const lists = new Map<string, Running>()

  function start({ context, type, namespace }: ListKey): Running {
    const stop = new AbortController()
    const list: Running = { objects: undefined, problem: undefined, readers: new Set(), stop }
    const tell = (act: (reader: ListReader) => void): void => {
      for (const reader of [...list.readers]) act(reader)
    }
    void reflect({
      client: clusters.client(context),
      path: listPath(type, namespace),
      signal: stop.signal,
      ready: signal =>
        untilLive(clusters, context, signal, problem => {
          if (list.problem?.message === problem.message) return
          list.problem = problem
          tell(reader => reader.fail(problem))
        }),
      listener: {
        replace(items) {
          list.objects = new Map(items.map(item => [uidOf(item), projectObject(item)]))
          tell(reader => reader.replace())
        },
        put(object) {
          const projected = projectObject(object)
          list.objects?.set(uidOf(object), projected)
          tell(reader => reader.put(projected))
        },
        remove(object) {
          const uid = uidOf(object)
          list.objects?.delete(uid)
          tell(reader => reader.remove(uid))
        },
        fail(problem) {
          list.problem = problem
          tell(reader => reader.fail(problem))
        },
        open() {
          if (list.problem === undefined) return
          list.problem = undefined
          tell(reader => reader.recover())
        },
      },
    })
    void holdConnection(clusters, context, stop.signal)
    return list
  }

  return {
    join(key, reader) {
      const name = JSON.stringify([key.context, listPath(key.type, key.namespace)])
      const list = lists.get(name) ?? start(key)
      lists.set(name, list)
      clearTimeout(list.ending)
      list.readers.add(reader)
      return {
        list,
        leave() {
          list.readers.delete(reader)
          if (list.readers.size > 0) return
          list.ending = setTimeout(() => {
            list.stop.abort()
            lists.delete(name)
          }, linger)
          list.ending.unref()
        },
      }
    },
    stop() {
      for (const { stop, ending } of lists.values()) {
        clearTimeout(ending)
        stop.abort()
      }
      lists.clear()
    },
  }
}

/** The URL path of a list. */
export function listPath(type: ResourceType, namespace: string): string {
  const version = apiVersionOf(type)
  const base = type.group === '' ? `/api/${version}` : `/apis/${version}`
  const place = type.isNamespaced && namespace !== '' ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${base}${place}/${type.plural}`
}

/** Objects of aggregated APIs may lack a uid: their name is as good. */
export const uidOf = ({ metadata }: KubernetesObject): string =>
  metadata.uid ?? `${metadata.namespace ?? ''}/${metadata.name}`

/** The connection is kept up while a list is read. */
async function holdConnection(clusters: ListClusters, context: string, signal: AbortSignal): Promise<void> {
  const states = clusters.watchConnection({ context }, signal)[Symbol.asyncIterator]()
  // Reading is what keeps it up.
  while (!(await states.next()).done);
}

/** Resolves when the connection is live; while it waits it says why. */
async function untilLive(
  clusters: ListClusters,
  context: string,
  signal: AbortSignal,
  onProblem: (problem: Problem) => void,
): Promise<void> {
  for await (const state of clusters.watchConnection({ context }, signal)) {
    if (state.kind === 'live') return
    if (state.kind === 'unreachable' || state.kind === 'unauthorized') onProblem(state.problem)
  }
}
