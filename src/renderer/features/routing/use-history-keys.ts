export interface History {
  readonly undo: () => void
  readonly redo: () => void
}

/**
 * Ctrl+Z and Ctrl+Y (or Shift+Ctrl+Z) of the form take steps of the one history of form and text. A text that is being
 * typed keeps its field's own undo until it is written.
 */
export function useHistoryKeys(history: () => History): (event: KeyboardEvent) => void {
  return event => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return
    const key = event.key.toLowerCase()
    const isRedo = key === 'y' || (key === 'z' && event.shiftKey)
    if (key !== 'z' && key !== 'y') return
    const target = event.target as HTMLElement
    const isTyping = target.matches('.schema-input')
      ? target.matches('[data-uncommitted]')
      : target.matches('input[type="text"], textarea')
    if (target.closest('.monaco-editor') !== null || isTyping) return
    event.preventDefault()
    if (isRedo) history().redo()
    else history().undo()
  }
}
