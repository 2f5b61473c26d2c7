import type { Command } from './state/commands.ts'

const isMac = (): boolean => navigator.platform.startsWith('Mac')

/** A shortcut as this system writes it. */
export const showShortcut = (shortcut: string): string =>
  isMac() ? shortcut.replace('Ctrl+', '⌘').replace('Shift+', '⇧').replace('Alt+', '⌥') : shortcut

/** Whether the pressed keys are the shortcut; `Ctrl` is Cmd on a Mac. */
export function isShortcut(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>,
  shortcut: string,
): boolean {
  const parts = shortcut.split('+')
  const key = parts.at(-1) ?? ''
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    (event.ctrlKey || event.metaKey) === parts.includes('Ctrl') &&
    event.shiftKey === parts.includes('Shift') &&
    event.altKey === parts.includes('Alt')
  )
}

/** Runs the command whose shortcut was pressed. Returns the function that stops listening. */
export function listenForShortcuts(commands: () => readonly Command[]): () => void {
  const press = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return
    const command = commands().find(
      ({ shortcut, isEnabled }) =>
        shortcut !== undefined && isEnabled !== false && isShortcut(event, shortcut),
    )
    if (command === undefined) return
    event.preventDefault()
    command.run()
  }
  window.addEventListener('keydown', press)
  return () => window.removeEventListener('keydown', press)
}
