const FOCUSABLE =
  'a[href], button:not([disabled]):not([tabindex="-1"]), input, select, textarea, [tabindex="0"]'

/** Moves the focus to the next part of the frame (rail, top bar, view, panel, status bar), as F6 does elsewhere. */
export function focusNextPane(step: 1 | -1): void {
  const panes = [...document.querySelectorAll<HTMLElement>('[data-pane]')].filter(
    pane => pane.offsetParent !== null,
  )
  const present = panes.findIndex(pane => pane.contains(document.activeElement))
  const start = present === -1 && step === -1 ? 0 : present
  const next = panes[(start + step + panes.length) % panes.length]
  if (next === undefined) return
  const first = next.querySelector<HTMLElement>(FOCUSABLE) ?? next
  first.focus()
}
