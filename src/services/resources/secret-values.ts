import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'

/** A shorter value is in too many words to be hidden wherever it stands. */
const SHORTEST_PART = 3

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isSecret = ({ apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>): boolean =>
  kind === 'Secret' && apiVersion === 'v1'

const encode = (value: string): string => Buffer.from(value).toString('base64')
const decode = (value: string): string => Buffer.from(value, 'base64').toString()

/** Every value of Secrets, plain and in base64. */
export function secretValues(objects: readonly (KubernetesObject | undefined)[]): readonly string[] {
  return allValues(objects).filter(value => value.length >= SHORTEST_PART)
}

function allValues(objects: readonly (KubernetesObject | undefined)[]): readonly string[] {
  const values = objects.flatMap(object => {
    if (object === undefined || !isSecret(object)) return []
    const texts = (field: string, other: (value: string) => string): string[] =>
      Object.values(isRecord(object[field]) ? object[field] : {}).flatMap(value => {
        // A number where a text belongs is refused by the server, which repeats it in its answer.
        if (typeof value === 'number' || typeof value === 'boolean') return [String(value)]
        return typeof value === 'string' ? [value, other(value), value.trim(), other(value).trim()] : []
      })
    return [...texts('data', decode), ...texts('stringData', encode)]
  })
  return [...new Set(values)].filter(value => value !== '')
}

/**
 * The names of a Secret's annotations that hold one of its values: plain, in base64, inside other text or JSON; or
 * that hold a copy of a Secret, such as kubectl's `last-applied-configuration`.
 */
export function findSecretAnnotations(object: KubernetesObject): ReadonlySet<string> {
  const values = allValues([object])
  const holds = (text: string): boolean =>
    values.some(
      value =>
        text === value ||
        (value.length >= SHORTEST_PART &&
          (text.includes(value) || text.includes(JSON.stringify(value).slice(1, -1)))),
    )
  const annotations = Object.entries(object.metadata.annotations ?? {})
  return new Set(
    annotations
      .filter(([, text]) => holds(text) || holds(decode(text)) || COPY_OF_SECRET.test(text))
      .map(([name]) => name),
  )
}

/** An earlier copy holds values that the object no longer has. */
const COPY_OF_SECRET =
  /["']?kind["']?\s*:\s*["']?Secret\b[^]*["']?(?:data|stringData)["']?\s*:|["']?(?:data|stringData)["']?\s*:[^]*["']?kind["']?\s*:\s*["']?Secret\b/
