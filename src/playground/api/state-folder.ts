import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProblemError } from '../../domain/problem.ts'
import { isObject } from '../objects/json.ts'
import type { Certificate } from './certificate.ts'
import type { StoreContents } from './memory-store.ts'

/** What makes the playground the same server after a restart. */
export interface Identity {
  readonly version: 1
  readonly token: string
  readonly port: number
  readonly certificate: Certificate
}

/** The playground's folder on disk. Everything in it is the user's own: mode 0600. */
export interface StateFolder {
  readIdentity(): Identity | undefined
  writeIdentity(identity: Identity): void
  readContents(): StoreContents | undefined
  writeContents(contents: StoreContents): void
  /** Writes a file beside the state and returns its path. */
  writeFile(name: string, text: string): string
}

/** Writes all or nothing: a crash leaves the file before or the file after. */
export function writeAtomically(path: string, text: string): void {
  const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`
  try {
    writeFileSync(draft, text, { mode: 0o600 })
    renameSync(draft, path)
  } catch (error) {
    throw new ProblemError(
      {
        code: 'disk',
        message: `${path} cannot be written: ${(error as Error).message}`,
        hint: 'Free some space or change the permissions of the folder.',
      },
      { cause: error },
    )
  }
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

/** Opens the folder, making it where it is missing. `warn` hears of files that were damaged. */
export function openStateFolder(
  folder: string,
  { warn = (message: string): void => console.warn(message), now = Date.now } = {},
): StateFolder {
  mkdirSync(folder, { recursive: true, mode: 0o700 })

  function read<T>(name: string, isValid: (value: unknown) => value is T): T | undefined {
    const path = join(folder, name)
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    const value = parse(text)
    if (isValid(value)) return value
    const aside = `${path}.damaged-${String(now())}`
    renameSync(path, aside)
    warn(
      `The playground's ${path} is damaged. It was kept as ${aside}, and the playground starts without it.`,
    )
    return undefined
  }

  return {
    readIdentity: () => read('identity.json', isIdentity),
    writeIdentity: identity => writeAtomically(join(folder, 'identity.json'), JSON.stringify(identity)),
    readContents: () => read('objects.json', isContents),
    writeContents: contents =>
      writeAtomically(join(folder, 'objects.json'), JSON.stringify({ version: 1, ...contents })),
    writeFile(name, text) {
      const path = join(folder, name)
      writeAtomically(path, text)
      return path
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
