import type { KubernetesObject, ObjectMeta } from '../../domain/kubernetes/kubernetes-object.ts'
import type { ObjectStore } from '../store.ts'

/** What every part of the world works with. `random` gives numbers from 0 to below 1. */
export interface WorldContext {
  readonly store: ObjectStore
  readonly now: () => number
  readonly random: () => number
}

/** The time as Kubernetes writes it: RFC 3339 without fractions. */
export const timestamp = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().slice(0, 19)}Z`

const safeLetters = 'bcdfghjklmnpqrstvwxz2456789'

/** Letters for generated names, without vowels. Source: `SafeEncodeString` in k8s.io/apimachinery/pkg/util/rand. */
export function randomSuffix(random: () => number, length = 5): string {
  let text = ''
  for (let index = 0; index < length; index += 1)
    text += safeLetters[Math.floor(random() * safeLetters.length)] ?? 'b'
  return text
}

/** A hash as the Deployment controller writes it: FNV-1a in decimal digits, each as a safe letter. */
export function templateHash(template: unknown): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(canonicalJson(template))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return String(hash).replace(/\d/g, digit => safeLetters[digit.charCodeAt(0) % safeLetters.length] ?? 'b')
}

/** JSON with sorted keys, so that equal objects give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1)))
      : item,
  )
}

/** Hexadecimal digits, for ids of traces and requests. */
export function randomHex(random: () => number, length: number): string {
  let text = ''
  while (text.length < length)
    text += Math.floor(random() * 0x1000000)
      .toString(16)
      .padStart(6, '0')
  return text.slice(0, length)
}

export function randomUuid(random: () => number): string {
  const hex = randomHex(random, 32)
  const variant = '89ab'[Math.floor(random() * 4)] ?? '8'
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The object with other metadata; what is undefined is left out. */
export const withMetadata = (object: KubernetesObject, metadata: Partial<ObjectMeta>): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, ...metadata },
})
