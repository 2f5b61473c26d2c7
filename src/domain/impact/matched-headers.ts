import { fieldsOf, listOf, textOf } from '../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'

const keyOf = (kind: string, namespace: string, name: string): string => `${kind} ${namespace}/${name}`

/** The headers that routing rules ask for, by the object that asks. */
export interface MatchedHeaders {
  /** Names in lower case. */
  readonly all: ReadonlySet<string>
  readonly of: (route: {
    readonly kind: string
    readonly namespace: string
    readonly name: string
  }) => readonly string[]
}

/**
 * The headers that the rules of some objects look at.
 * Sources: Istio's HTTPMatchRequest (`headers`, `withoutHeaders`), Gateway API's HTTPHeaderMatch and GRPCHeaderMatch.
 */
export function findMatchedHeaders(objects: readonly KubernetesObject[]): MatchedHeaders {
  const byObject = new Map<string, readonly string[]>()
  for (const { kind, metadata, spec } of objects) {
    const names = namesOf(kind, fieldsOf(spec)).map(name => name.toLowerCase())
    const key = keyOf(kind, metadata.namespace ?? 'default', metadata.name)
    if (names.length > 0) byObject.set(key, [...new Set([...(byObject.get(key) ?? []), ...names])])
  }
  return {
    all: new Set([...byObject.values()].flat()),
    of: ({ kind, namespace, name }) => byObject.get(keyOf(kind, namespace, name)) ?? [],
  }
}

function namesOf(kind: string, spec: Readonly<Record<string, unknown>>): readonly string[] {
  if (kind === 'VirtualService')
    return listOf(spec['http'])
      .map(fieldsOf)
      .flatMap(rule => listOf(rule['match']).map(fieldsOf))
      .flatMap(match => [
        ...Object.keys(fieldsOf(match['headers'])),
        ...Object.keys(fieldsOf(match['withoutHeaders'])),
      ])
  if (kind === 'HTTPRoute' || kind === 'GRPCRoute')
    return listOf(spec['rules'])
      .map(fieldsOf)
      .flatMap(rule => listOf(rule['matches']).map(fieldsOf))
      .flatMap(match => listOf(match['headers']).map(fieldsOf))
      .flatMap(header => textOf(header['name']) ?? [])
  return []
}
