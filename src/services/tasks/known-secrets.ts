const HIDDEN = '•••'

/** A JSON Web Token: three base64url parts, of which two begin as JSON does. Source: RFC 7519 */
const TOKEN = /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g
/** What a kubeconfig or a Secret of a token calls it. Source: client-go, clientcmd/api/v1/types.go */
const FIELD = /((?:client-key-data|id-token|refresh-token|token|password)["']?\s*[:=]\s*["']?)[^\s"',]+/gi
const KEY_BEGINS = /-----BEGIN [A-Z ]*PRIVATE KEY-----/
const KEY_ENDS = /-----END [A-Z ]*PRIVATE KEY-----/

/**
 * Hides what looks like a secret in the lines of a program, whoever printed it: private keys, tokens, and the fields of
 * a kubeconfig that hold them. One for each stream, as a key has many lines.
 */
export function createSecretFilter(): (line: string) => string {
  let isInKey = false
  return line => {
    const begins = KEY_BEGINS.test(line)
    if (begins || isInKey) {
      isInKey = !KEY_ENDS.test(line)
      return HIDDEN
    }
    return line.replace(TOKEN, HIDDEN).replace(FIELD, `$1${HIDDEN}`)
  }
}
