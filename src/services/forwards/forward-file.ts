import { readFile, rename } from 'node:fs/promises'
import type { ForwardPlan } from '../../shared/contract/forwards.ts'
import { forwards as methods } from '../../shared/contract/forwards.ts'
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

/** The remembered forwards; none where there is no file. A damaged file is set aside. */
export async function readForwards(path: string): Promise<RememberedForward[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw diskProblem('The forwards could not be read', error)
  }
  try {
    const stored: unknown = JSON.parse(text)
    const list: unknown = isRecord(stored) ? stored['forwards'] : undefined
    if (!Array.isArray(list)) throw new Error('no list of forwards')
    return list.map((each: unknown) => {
      if (!isRecord(each) || typeof each['id'] !== 'string') throw new Error('a forward without an id')
      return {
        id: each['id'],
        plan: methods.startForward.parse(each['plan']),
        isOn: each['isOn'] === true,
      }
    })
  } catch (error) {
    console.warn(`The forwards in ${path} are damaged and were set aside`, error)
    await rename(path, `${path}.damaged`)
    return []
  }
}

export async function writeForwards(path: string, forwards: readonly RememberedForward[]): Promise<void> {
  try {
    await writeAtomically(path, JSON.stringify({ version: 1, forwards }, undefined, 2))
  } catch (error) {
    throw diskProblem('The forwards could not be kept', error)
  }
}
