import { ChartGantt, FileCode, House, Rows3, Settings, Split, Waypoints, Wrench } from '@lucide/vue'
import type { Component } from 'vue'
import type { RouteName } from './state/navigation.ts'

export interface ViewEntry {
  readonly name: RouteName
  readonly title: string
  readonly icon: Component
}

/** What the rail offers, in its order; the last stands at its foot. */
export const views: readonly ViewEntry[] = [
  { name: 'home', title: 'Home', icon: House },
  { name: 'traffic', title: 'Traffic', icon: Waypoints },
  { name: 'routing', title: 'Routing', icon: Split },
  { name: 'resources', title: 'Resources', icon: Rows3 },
  { name: 'editor', title: 'Editor', icon: FileCode },
  { name: 'traces', title: 'Traces', icon: ChartGantt },
  { name: 'setup', title: 'Setup', icon: Wrench },
  { name: 'settings', title: 'Settings', icon: Settings },
]
