import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { writeAtomically } from '../workspace/write-atomically.ts'

/** Secrets of one change by `resourceKey`, as they were and as they became. */
export type StoredValues = Readonly<
  Record<string, { readonly before?: KubernetesObject; readonly after?: KubernetesObject }>
>

/**
 * The values of Secrets that changes replaced, so that they can be put back. Beside the journal and not in it: the journal
 * goes to the page, this goes nowhere. Encrypted, so that a search, an index or a copy of a single file shows nothing;
 * whoever can read the whole folder of this user has the key too.
 */
export interface ValueStore {
  readonly write: (entry: string, values: StoredValues) => Promise<void>
  /** Undefined where there are none, or none that can be read. */
  readonly read: (entry: string) => Promise<StoredValues | undefined>
  readonly drop: (entry: string) => Promise<void>
}

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

export function openValueStore(folder: string): ValueStore {
  const pathOf = (entry: string): string => join(folder, `${entry}.values`)
  const keyPath = join(folder, 'key')
  let key: Promise<Buffer> | undefined

  async function readKey(): Promise<Buffer> {
    const stored = await readFile(keyPath, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
      throw error
    })
    const found = Buffer.from(stored, 'base64')
    if (found.length === KEY_BYTES) return found
    const made = randomBytes(KEY_BYTES)
    await writeAtomically(keyPath, made.toString('base64'))
    return made
  }
  const getKey = (): Promise<Buffer> => {
    key ??= readKey()
    // A disk that failed once may work the next time.
    key.catch(() => (key = undefined))
    return key
  }

  return {
    async write(entry, values) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, await getKey(), nonce)
      cipher.setAAD(Buffer.from(entry))
      const sealed = Buffer.concat([cipher.update(JSON.stringify(values), 'utf8'), cipher.final()])
      await writeAtomically(
        pathOf(entry),
        Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64'),
      )
    },
    async read(entry) {
      try {
        const bytes = Buffer.from(await readFile(pathOf(entry), 'utf8'), 'base64')
        const decipher = createDecipheriv(CIPHER, await getKey(), bytes.subarray(0, NONCE_BYTES))
        decipher.setAAD(Buffer.from(entry))
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
        const text = Buffer.concat([
          decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
          decipher.final(),
        ]).toString('utf8')
        return JSON.parse(text) as StoredValues
      } catch {
        // Missing, or changed by somebody: either way the values are not known, which the caller says.
        return undefined
      }
    },
    drop: entry => rm(pathOf(entry), { force: true }),
  }
}
