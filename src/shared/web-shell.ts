/** What the page and the web shell's server agree on. */

/** POST exchanges a one-time code for a session; GET tells whether the session of the Authorization header is known. */
export const SESSION_PATH = '/session'
export const RPC_PATH = '/rpc'
/** The fragment that brings a one-time code: servers and logs never see fragments. */
export const CODE_FRAGMENT = '#code='
/** The WebSocket subprotocol that the server answers with; it never repeats the one that carries the session. */
export const RPC_PROTOCOL = 'mesh-workbench'
/** Browsers let a page set no header of a WebSocket but its subprotocols. */
export const SESSION_PROTOCOL_PREFIX = 'session.'

/** Why a code was refused. */
export type CodeRefusal = 'used' | 'expired' | 'unknown' | 'too-many'

export type CodeAnswer = { readonly secret: string } | { readonly refusal: CodeRefusal }
