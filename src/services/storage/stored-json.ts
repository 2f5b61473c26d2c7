import { link, readdir, readFile, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Problem } from '../../domain/problem.ts'
import { diskProblem } from '../workspace/disk-problem.ts'
import { createQueue } from '../workspace/queue.ts'

/** What a file of ours holds. `undefined` from the parser means that the content is not what we write there. */
export type StoredJson<T> =
  | { readonly kind: 'missing' }
  | { readonly kind: 'read'; readonly value: T }
  /** It was set aside. Every later reader gets this too, until the file is written again. */
  | { readonly kind: 'damaged'; readonly problem: Problem }

export interface StoredJsonOptions<T> {
  readonly parse: (value: unknown) => T | undefined
  /** What the file is called for the user: `draft`, `settings`. */
  readonly what: string
  readonly onDamaged?: OnDamaged
}

export type OnDamaged = (problem: Problem) => void

export const warnOfDamage: OnDamaged = ({ message }) => console.warn(message)

const inOrder = createQueue()
/** Files that were set aside and not written again, so that a second reader is not told that there never was one. */
const setAside = new Map<string, Problem>()

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

/**
 * Reads one JSON file of ours. A damaged one is moved aside under a name that is free, so that no earlier one is lost,
 * and told. Throws a `disk` problem where the file is there and cannot be read.
 */
export function readStoredJson<T>(path: string, options: StoredJsonOptions<T>): Promise<StoredJson<T>> {
  return inOrder(path, async () => {
    const { parse, what, onDamaged = warnOfDamage } = options
    let text: string
    try {
      // A pipe or a device would never end.
      if (!(await stat(path)).isFile()) return { kind: 'missing' }
      text = await readFile(path, 'utf8')
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw diskProblem(`${path} could not be read`, error)
      const problem = setAside.get(path)
      return problem === undefined ? { kind: 'missing' } : { kind: 'damaged', problem }
    }
    const value = parse(parseJson(text))
    if (value !== undefined) {
      setAside.delete(path)
      return { kind: 'read', value }
    }
    const aside = await moveAside(path).catch(() => undefined)
    const problem: Problem = {
      code: 'damaged',
      message: `The ${what} in ${path} is damaged and was not used`,
      hint:
        aside === undefined
          ? 'It could not be moved out of the way: the disk may be read-only.'
          : `It was kept as ${aside}.`,
    }
    if (aside !== undefined) setAside.set(path, problem)
    onDamaged(problem)
    return { kind: 'damaged', problem }
  })
}

/** Reads every `*.json` file of a folder of ours. One that is damaged or cannot be read hides no other. */
export async function readStoredFolder<T>(
  folder: string,
  {
    parse,
    what,
    onDamaged = warnOfDamage,
  }: Omit<StoredJsonOptions<T>, 'parse'> & {
    readonly parse: (value: unknown, name: string) => T | undefined
  },
): Promise<T[]> {
  let names: string[]
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    // A folder, a pipe or a link of that name is not ours.
    names = entries.filter(entry => entry.isFile() && entry.name.endsWith('.json')).map(({ name }) => name)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw diskProblem(`The folder ${folder} could not be read`, error)
  }
  const found: T[] = []
  for (const name of names)
    try {
      const read = await readStoredJson(join(folder, name), {
        parse: value => parse(value, name),
        what,
        onDamaged,
      })
      if (read.kind === 'read') found.push(read.value)
    } catch (error) {
      onDamaged(diskProblem(`The ${what} in ${join(folder, name)} could not be read`, error).problem)
    }
  return found
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser of the file's content says what is damaged; JSON never gives undefined.
    return undefined
  }
}

/** Moves a file to a name that was free. A link fails where the name is taken; a rename would replace it. */
export async function moveAside(path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const aside = number === 1 ? `${path}.damaged` : `${path}.damaged-${String(number)}`
    try {
      await link(path, aside)
      await unlink(path)
      return aside
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue
      if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(codeOf(error))) throw error
      // A file system without hard links.
      const isTaken = await stat(aside).then(
        () => true,
        () => false,
      )
      if (isTaken) continue
      await rename(path, aside)
      return aside
    }
  }
}
