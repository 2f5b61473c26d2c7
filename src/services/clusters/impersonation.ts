import type { KubeconfigUser } from './kubeconfig.ts'

/**
 * The headers of impersonation: one for each group and each extra value.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
 */
export function impersonationHeaders({ impersonate }: KubeconfigUser): Record<string, string | string[]> {
  if (!impersonate) return {}
  const extra = Object.entries(impersonate.extra).flatMap(([key, values]): [string, string[]][] =>
    values.length === 0 ? [] : [[`impersonate-extra-${escapeKey(key)}`, values.map(asHeader)]],
  )
  return {
    'impersonate-user': asHeader(impersonate.user),
    ...(impersonate.uid === '' ? {} : { 'impersonate-uid': asHeader(impersonate.uid) }),
    ...(impersonate.groups.length === 0 ? {} : { 'impersonate-group': impersonate.groups.map(asHeader) }),
    ...Object.fromEntries(extra),
  }
}

/** The UTF-8 bytes of a text, one character each: Node writes headers as Latin-1, client-go writes UTF-8. */
export const asHeader = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

/** Percent-encodes what may not stand in a header's name. Source: client-go, transport/round_trippers.go, headerKeyEscape. */
const escapeKey = (key: string): string =>
  [...Buffer.from(key.toLowerCase(), 'utf8')]
    .map(byte => {
      const character = String.fromCharCode(byte)
      return /^[!#$&'*+.^_`|~0-9a-z-]$/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
