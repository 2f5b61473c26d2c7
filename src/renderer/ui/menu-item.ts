export interface MenuItem {
  readonly id: string
  readonly title: string
  readonly run: () => void
  readonly shortcut?: string
  readonly isDanger?: boolean
  /** Why it cannot be chosen now; shown under the title. */
  readonly disabledReason?: string | undefined
  /** A line above it. */
  readonly isGroupStart?: boolean
}
