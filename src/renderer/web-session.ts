import { SESSION_PATH, type CodeAnswer, type CodeRefusal } from '../shared/web-shell.ts'

const KEY = 'mesh-workbench-session'

/** The secret of this tab's session. `sessionStorage` survives a reload, and knows the port, which cookies do not. */
export const readSecret = (): string | undefined => sessionStorage.getItem(KEY) ?? undefined

/** Exchanges a one-time code for a session of this tab; returns why it was refused. */
export async function exchangeCode(code: string): Promise<CodeRefusal | undefined> {
  const response = await fetch(SESSION_PATH, { method: 'POST', body: code })
  const answer = (await response.json()) as CodeAnswer
  if ('refusal' in answer) return answer.refusal
  sessionStorage.setItem(KEY, answer.secret)
  return undefined
}

/** Whether the server knows this tab's session: a server that was started again knows none. Rejects without an answer. */
export async function isSessionKnown(): Promise<boolean> {
  const secret = readSecret()
  if (secret === undefined) return false
  const { status } = await fetch(SESSION_PATH, { headers: { authorization: `Bearer ${secret}` } })
  if (status === 204) return true
  if (status === 401) return false
  throw new Error(`The web shell answered ${status}`)
}
