import { readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Canary } from '../../shared/contract/canary.ts'
import { writeAtomically } from '../workspace/write-atomically.ts'

const isCanary = (value: unknown): value is Canary =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  typeof value.id === 'string' &&
  'plan' in value &&
  'steps' in value &&
  Array.isArray(value.steps)

/** One that was running when the app ended is not watched any more; what it applied stays. */
const closeCanary = (canary: Canary): Canary =>
  canary.state === 'running' || canary.state === 'going-back'
    ? {
        ...canary,
        state: 'stopped',
        reason: 'The app ended while it was running. Its last weights are still applied.',
      }
    : canary

/** The canaries of a folder, one file each, newest first; a damaged file is set aside. */
export async function readCanaries(folder: string): Promise<Canary[]> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
  const found: Canary[] = []
  for (const name of names.filter(each => each.endsWith('.json'))) {
    const path = join(folder, name)
    try {
      const canary: unknown = JSON.parse(await readFile(path, 'utf8'))
      if (!isCanary(canary)) throw new Error('not a canary')
      found.push(closeCanary(canary))
    } catch (error) {
      console.warn(`The canary ${path} is damaged and was set aside`, error)
      await rename(path, `${path}.damaged`)
    }
  }
  return found.sort((a, b) => b.at - a.at)
}

export const writeCanary = (folder: string, canary: Canary): Promise<void> =>
  writeAtomically(join(folder, `${canary.id}.json`), JSON.stringify(canary))
