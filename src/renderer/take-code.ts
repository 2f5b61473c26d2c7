import { CODE_FRAGMENT } from '../shared/web-shell.ts'

/**
 * The one-time code of an address, taken out of it before anything else reads, shows or remembers the address.
 * Undefined where it has none.
 */
export function takeCode(): string | undefined {
  if (!location.hash.startsWith(CODE_FRAGMENT)) return undefined
  const code = location.hash.slice(CODE_FRAGMENT.length)
  history.replaceState(history.state, '', `${location.pathname}${location.search}#/`)
  return code
}

/** The code with which the page was opened. This module is imported first: the router reads the address when it is made. */
export const openingCode = takeCode()

/** Calls back when the user enters an address with a new code: that changes the fragment only, and loads no page. */
export function onNewCode(listener: (code: string) => Promise<void>): void {
  // `popstate` comes first and reaches the router too: registered before it, the address is clean when it looks.
  takeNewCode = code => void listener(code).catch((error: unknown) => console.error(error))
}

let takeNewCode = (_code: string): void => {}
window.addEventListener('popstate', () => {
  const code = takeCode()
  if (code !== undefined) takeNewCode(code)
})
