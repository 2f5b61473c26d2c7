import { computed, onScopeDispose, shallowRef } from 'vue'

/** Something the user can do, from the palette or by its shortcut. */
export interface Command {
  readonly id: string
  readonly title: string
  /** As `Ctrl+K` or `Ctrl+Shift+P`; `Ctrl` is Cmd on a Mac. */
  readonly shortcut?: string
  readonly group: string
  readonly run: () => void
  readonly isEnabled?: boolean
}

const sources = shallowRef<readonly (() => readonly Command[])[]>([])

export const commands = computed<readonly Command[]>(() => sources.value.flatMap(source => source()))

/** Offers commands while the component (or scope) lives. The list is read again when what it depends on changes. */
export function useCommands(list: () => readonly Command[]): void {
  sources.value = [...sources.value, list]
  onScopeDispose(() => {
    sources.value = sources.value.filter(source => source !== list)
  })
}
