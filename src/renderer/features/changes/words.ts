import type { ChangeStep, JournalEntry } from '../../../shared/contract/changes.ts'

export type Tone = 'plain' | 'good' | 'warning' | 'bad' | 'accent'

export const ACTION_TONES: Readonly<Record<ChangeStep['action'], Tone>> = {
  create: 'good',
  update: 'accent',
  unchanged: 'plain',
  delete: 'bad',
}

export const STATE_TONES: Readonly<Record<JournalEntry['state'], Tone>> = {
  running: 'accent',
  applied: 'good',
  partly: 'warning',
  failed: 'bad',
}

export const countChanges = (count: number): string => (count === 1 ? '1 change' : `${count} changes`)

/** `VirtualService myapp`, with its namespace where it has one. */
export const nameOf = ({ id }: Pick<ChangeStep, 'id'>): string => `${id.kind} ${id.name}`
