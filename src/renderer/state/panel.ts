import { shallowRef } from 'vue'

export type PanelTab = 'problems' | 'activity' | 'forwards' | 'logs'

export interface LogTarget {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

/** The open tab of the bottom panel; undefined: folded. */
export const panelTab = shallowRef<PanelTab>()
/** The container whose log the Logs tab follows. */
export const logTarget = shallowRef<LogTarget>()

export function togglePanel(tab: PanelTab): void {
  panelTab.value = panelTab.value === tab ? undefined : tab
}

export function showLogs(target: LogTarget): void {
  logTarget.value = target
  panelTab.value = 'logs'
}
