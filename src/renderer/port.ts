import { shallowRef, type ShallowRef } from 'vue'
import type { Port } from '../shared/rpc/port.ts'
import { RPC_PATH, RPC_PROTOCOL, SESSION_PROTOCOL_PREFIX } from '../shared/web-shell.ts'
import { describeRefusal, type SessionRefusal } from './shell/session-refusal.ts'
import { setBackendState } from './state/backend.ts'
import { notify } from './state/notices.ts'
import { onNewCode, openingCode } from './take-code.ts'
import { openWebPort } from './web-port.ts'
import { exchangeCode, isSessionKnown, readSecret } from './web-session.ts'

declare global {
  interface Window {
    readonly bridge?: Omit<Port, 'onClose'>
  }
}

/** The one place where the window learns which shell it runs in. Without a session, why there is none. */
export async function openPort(): Promise<
  { readonly port: Port } | { readonly refusal: ShallowRef<SessionRefusal> }
> {
  if (window.bridge) return { port: { ...window.bridge, onClose: () => () => {} } }
  const hadSession = readSecret() !== undefined
  const refusal = openingCode === undefined ? undefined : await exchangeCode(openingCode)
  return (await isSessionKnown())
    ? { port: connectToShell() }
    : { refusal: waitForCode(refusal ?? (hadSession ? 'ended' : 'none')) }
}

function connectToShell(): Port {
  const port = openWebPort({
    openSocket: () =>
      new WebSocket(`ws://${location.host}${RPC_PATH}`, [
        RPC_PROTOCOL,
        `${SESSION_PROTOCOL_PREFIX}${readSecret() ?? ''}`,
      ]),
    isSessionKnown,
  })
  port.onClose(() => setBackendState('lost'))
  port.onReopen(() => setBackendState('open'))
  port.onEnded(() => setBackendState('ended'))
  onNewCode(async code => {
    const refusal = await exchangeCode(code)
    if (refusal === undefined) port.retryNow()
    else {
      const { title, text } = describeRefusal(refusal)
      notify({ kind: 'bad', message: title, problem: { code: 'unauthorized', message: title, hint: text } })
    }
  })
  return port
}

/** The reason, until an address with a good code is entered in this tab. */
function waitForCode(first: SessionRefusal): ShallowRef<SessionRefusal> {
  const refusal = shallowRef(first)
  onNewCode(async code => {
    const next = await exchangeCode(code)
    if (next === undefined) location.reload()
    else refusal.value = next
  })
  return refusal
}
