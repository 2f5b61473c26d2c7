import type { ForwardPlan } from '../../shared/contract/forwards.ts'
import { forwards as methods } from '../../shared/contract/forwards.ts'
import { readStoredJson, type OnDamaged } from '../storage/stored-json.ts'
import { diskProblem } from '../workspace/disk-problem.ts'
import { writeAtomically } from '../workspace/write-atomically.ts'

/** A forward as it is remembered. */
export interface RememberedForward {
  readonly id: string
  readonly plan: ForwardPlan
  /** It is started again where its context is used. */
  readonly isOn: boolean
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function readList(stored: unknown): RememberedForward[] | undefined {
  const list: unknown = isRecord(stored) ? stored['forwards'] : undefined
  if (!Array.isArray(list)) return undefined
  try {
    return list.map((each: unknown) => {
      if (!isRecord(each) || typeof each['id'] !== 'string') throw new Error('a forward without an id')
      return {
        id: each['id'],
        plan: methods.startForward.parse(each['plan']),
        isOn: each['isOn'] === true,
      }
    })
  } catch {
    // One that is not a forward: the file is not as we write it.
    return undefined
  }
}

/** The remembered forwards; none where there is no file. A damaged file is set aside. */
export async function readForwards(path: string, onDamaged?: OnDamaged): Promise<RememberedForward[]> {
  const stored = await readStoredJson(path, {
    parse: readList,
    what: 'list of forwards',
    ...(onDamaged === undefined ? {} : { onDamaged }),
  })
  return stored.kind === 'read' ? stored.value : []
}

export async function writeForwards(path: string, forwards: readonly RememberedForward[]): Promise<void> {
  try {
    await writeAtomically(path, JSON.stringify({ version: 1, forwards }, undefined, 2))
  } catch (error) {
    throw diskProblem('The forwards could not be kept', error)
  }
}
