import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { compact, insideBase64, spellings } from './spellings.ts'

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
 * The names of a Secret's annotations that hold one of its values, however it is written there (`spellings`), also
 * inside other text or JSON; or that hold a copy of a Secret, such as kubectl's `last-applied-configuration`.
 */
export function findSecretAnnotations(object: KubernetesObject): ReadonlySet<string> {
  const holds = findsValues(allValues([object]))
  const annotations = Object.entries(object.metadata.annotations ?? {})
  return new Set(annotations.filter(([, text]) => holds(text)).map(([name]) => name))
}

/** Whether a text holds one of the values, however it is written there, or a copy of a Secret. */
export function findsValues(values: readonly string[]): (text: string) => boolean {
  const long = [
    ...new Set(
      values
        .filter(value => value.length >= SHORTEST_PART)
        .flatMap(value => [value, compact(value), ...insideBase64(value)]),
    ),
  ].filter(value => value.length >= SHORTEST_PART)
  // A value that is shorter counts where it stands alone, as the value of a field does.
  const short = new Set(values.filter(value => value.length < SHORTEST_PART))
  return text =>
    spellings(text).some(
      spelling =>
        COPY_OF_SECRET.test(spelling) ||
        long.some(value => spelling.includes(value)) ||
        (short.size > 0 && spelling.split(/[^\p{L}\p{N}+/_-]+/u).some(word => short.has(word))) ||
        short.has(spelling.trim()),
    )
}

/** An earlier copy holds values that the object no longer has. */
const COPY_OF_SECRET =
  /["']?kind["']?\s*:\s*["']?Secret\b[^]*["']?(?:data|stringData)["']?\s*:|["']?(?:data|stringData)["']?\s*:[^]*["']?kind["']?\s*:\s*["']?Secret\b/
