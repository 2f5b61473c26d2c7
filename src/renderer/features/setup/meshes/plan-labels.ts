import { resourceKey } from '../../../../domain/kubernetes/kubernetes-object.ts'
import type { ChangeStep } from '../../../../shared/contract/changes.ts'

export const keyOf = ({ id }: ChangeStep): string => resourceKey(id)
export const nameOf = ({ id }: ChangeStep): string => `${id.kind} ${id.name}`

const WORDS = {
  create: 'created',
  update: 'changed',
  delete: 'deleted',
  unchanged: 'stay as they are',
} as const

/** `12 created, 3 changed, 40 stay as they are`; says that nothing changes where nothing does. */
export function formatCounts(changes: readonly ChangeStep[]): string {
  const parts = (['create', 'update', 'delete', 'unchanged'] as const).flatMap(action => {
    const count = changes.filter(each => each.action === action).length
    return count === 0 ? [] : [`${count} ${WORDS[action]}`]
  })
  return parts.length === 0 ? 'No object changes.' : `${parts.join(', ')}.`
}
