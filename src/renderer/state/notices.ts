import { shallowRef } from 'vue'
import type { Problem } from '../../domain/problem.ts'

export interface NoticeAction {
  readonly title: string
  readonly run: () => void
}

export interface NoticeInput {
  readonly kind: 'info' | 'good' | 'warning' | 'bad'
  readonly message: string
  readonly problem?: Problem
  readonly action?: NoticeAction
}

export interface Notice extends NoticeInput {
  readonly id: number
}

/** What the window tells the user beside the view, oldest first. */
export const notices = shallowRef<readonly Notice[]>([])

let lastId = 0

/** Shows a notice and returns the function that takes it away. The same words are shown once. */
export function notify(notice: NoticeInput): () => void {
  const id = ++lastId
  notices.value = [
    ...notices.value.filter(other => other.kind !== notice.kind || other.message !== notice.message),
    { ...notice, id },
  ]
  return () => dismissNotice(id)
}

export function dismissNotice(id: number): void {
  notices.value = notices.value.filter(notice => notice.id !== id)
}
