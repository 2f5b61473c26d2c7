import { shallowRef } from 'vue'
import type { Problem } from '../../domain/problem.ts'

/** Long work that runs beside what the user does. */
export interface Activity {
  readonly id: number
  readonly title: string
  readonly detail: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly state: 'running' | 'done' | 'failed'
  readonly problem?: Problem
  readonly cancel?: () => void
}

export interface RunningActivity {
  readonly tell: (detail: string) => void
  readonly finish: () => void
  readonly fail: (problem: Problem) => void
}

/** Newest first. */
export const activities = shallowRef<readonly Activity[]>([])

let lastId = 0

export function startActivity(title: string, cancel?: () => void): RunningActivity {
  const id = ++lastId
  const started: Activity = {
    id,
    title,
    detail: '',
    startedAt: Date.now(),
    state: 'running',
    ...(cancel === undefined ? {} : { cancel }),
  }
  activities.value = [started, ...activities.value].slice(0, 50)
  const change = (next: Partial<Activity>): void => {
    activities.value = activities.value.map(activity =>
      activity.id === id ? { ...activity, ...next } : activity,
    )
  }
  return {
    tell: detail => change({ detail }),
    finish: () => change({ state: 'done' }),
    fail: problem => change({ state: 'failed', problem }),
  }
}
