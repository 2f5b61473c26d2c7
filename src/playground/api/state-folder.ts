import { join } from 'node:path'
import type { Problem } from '../../domain/problem.ts'
import { isObject } from '../objects/json.ts'
import type { Certificate } from './certificate.ts'
import { readChanges, withChanges } from './change-log.ts'
import type { Disk } from './disk.ts'
import { CONTENTS, LOG } from './keep-contents.ts'
import type { StoreContents } from './memory-store.ts'

/** What makes the playground the same server after a restart. */
export interface Identity {
  readonly version: 1
  readonly token: string
  readonly port: number
  readonly certificate: Certificate
}

const isIdentity = (value: unknown): value is Identity =>
  isObject(value) &&
  value['version'] === 1 &&
  typeof value['token'] === 'string' &&
  value['token'].length >= 32 &&
  typeof value['port'] === 'number' &&
  isObject(value['certificate']) &&
  ['ca', 'certificate', 'key'].every(
    name => isObject(value['certificate']) && typeof value['certificate'][name] === 'string',
  )

const isContents = (value: unknown): value is StoreContents =>
  isObject(value) &&
  value['version'] === 1 &&
  typeof value['resourceVersion'] === 'number' &&
  Array.isArray(value['objects']) &&
  value['objects'].every(
    (stored: unknown) =>
      isObject(stored) &&
      typeof stored['group'] === 'string' &&
      typeof stored['plural'] === 'string' &&
      isObject(stored['object']) &&
      isObject(stored['object']['metadata']) &&
      typeof stored['object']['metadata']['name'] === 'string',
  )

/** What the playground has kept of the last time. A damaged file is set aside under a name of its own, and told. */
export interface StateFolder {
  readIdentity(): Promise<Identity | undefined>
  readContents(): Promise<StoreContents | undefined>
}

export function openStateFolder({
  folder,
  disk,
  onDamaged,
  now,
}: {
  readonly folder: string
  readonly disk: Disk
  readonly onDamaged: (problem: Problem) => void
  readonly now: () => number
}): StateFolder {
  async function read<T>(name: string, isValid: (value: unknown) => value is T): Promise<T | undefined> {
    const path = join(folder, name)
    const text = await disk.read(path)
    if (text === undefined) return undefined
    const value = parse(text)
    if (isValid(value)) return value
    const aside = `${path}.damaged-${String(now())}`
    const isAside = await disk.rename(path, aside).then(
      () => true,
      () => false,
    )
    onDamaged({
      code: 'damaged',
      message: `The playground's ${path} is damaged: the playground starts without it`,
      hint: isAside ? `It was kept as ${aside}.` : 'It could not be moved out of the way.',
    })
    return undefined
  }

  return {
    readIdentity: () => read('identity.json', isIdentity),
    async readContents() {
      const contents = await read(CONTENTS, isContents)
      if (contents === undefined) return undefined
      return withChanges(contents, readChanges((await disk.read(join(folder, LOG))) ?? ''))
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The caller treats what is no JSON as damaged.
    return undefined
  }
}
