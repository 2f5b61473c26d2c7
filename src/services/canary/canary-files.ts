import { join } from 'node:path'
import type { Canary } from '../../shared/contract/canary.ts'
import { readStoredFolder, type OnDamaged } from '../storage/stored-json.ts'
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
export async function readCanaries(folder: string, onDamaged?: OnDamaged): Promise<Canary[]> {
  const stored = await readStoredFolder(folder, {
    parse: value => (isCanary(value) ? value : undefined),
    what: 'canary',
    ...(onDamaged === undefined ? {} : { onDamaged }),
  })
  const found = stored.map(closeCanary)
  return found.sort((a, b) => b.at - a.at)
}

export const writeCanary = (folder: string, canary: Canary): Promise<void> =>
  writeAtomically(join(folder, `${canary.id}.json`), JSON.stringify(canary))
