import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Draft, TextOrigin } from '../../shared/contract/workspace.ts'
import { readStoredFolder, type OnDamaged } from '../storage/stored-json.ts'
import { diskProblem } from './disk-problem.ts'
import { createQueue } from './queue.ts'
import { writeAtomically } from './write-atomically.ts'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const isText = (value: unknown): value is string => typeof value === 'string'

const FIELDS: Readonly<Record<TextOrigin['kind'], readonly string[]>> = {
  object: ['context', 'apiVersion', 'objectKind', 'namespace', 'name'],
  file: ['path'],
  pasted: ['title'],
}

/** A draft as it was written, or undefined for what is not one: a file we wrote is an edge too. */
function readDraft(stored: unknown): Draft | undefined {
  if (!isRecord(stored) || !isRecord(stored['origin'])) return undefined
  const { id, base, text: draft, changedAt, origin } = stored
  const fields = FIELDS[origin['kind'] as TextOrigin['kind']] as readonly string[] | undefined
  const isWhole = isText(id) && isText(base) && isText(draft) && typeof changedAt === 'number'
  if (!isWhole || !fields?.every(name => isText(origin[name]))) return undefined
  return { id, base, text: draft, changedAt, origin: origin as unknown as TextOrigin }
}

/** What the disk does for drafts; `shareDrafts` tells the windows. */
export interface Drafts {
  listDrafts(input: undefined, signal: AbortSignal): Promise<Draft[]>
  /** The draft as it is on the disk. */
  saveDraft(draft: Omit<Draft, 'changedAt'>, signal: AbortSignal): Promise<Draft>
  discardDraft(input: { readonly id: string }, signal: AbortSignal): Promise<void>
}

/** Unsaved texts, one file each, on the disk as soon as `saveDraft` returns. */
export function createDrafts({
  folder,
  now,
  onDamaged,
}: {
  folder: string
  now: () => number
  onDamaged?: OnDamaged
}): Drafts {
  const inOrder = createQueue()
  // Ids come from the page: as a hash they cannot lead out of the folder.
  const pathOf = (id: string): string =>
    join(folder, `${createHash('sha256').update(id).digest('hex').slice(0, 32)}.json`)

  return {
    async listDrafts() {
      const drafts = await readStoredFolder(folder, {
        parse: readDraft,
        what: 'draft',
        ...(onDamaged === undefined ? {} : { onDamaged }),
      })
      return drafts.sort((a, b) => a.changedAt - b.changedAt)
    },
    saveDraft: draft =>
      inOrder(draft.id, async () => {
        try {
          const stored = { ...draft, changedAt: now() }
          await writeAtomically(pathOf(draft.id), JSON.stringify(stored))
          return stored
        } catch (error) {
          throw diskProblem('Your text could not be kept on the disk', error)
        }
      }),
    discardDraft: ({ id }) =>
      inOrder(id, async () => {
        try {
          await rm(pathOf(id), { force: true })
        } catch (error) {
          throw diskProblem('The draft could not be removed', error)
        }
      }),
  }
}
