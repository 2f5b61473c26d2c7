/** What the form holds of a trust anchor and issuer. It is never stored. */
export interface IdentityOptions {
  kind: 'made' | 'given'
  isKeyShown: boolean
  anchors: string
  certificate: string
  key: string
}

export const emptyIdentityOptions = (): IdentityOptions => ({
  kind: 'made',
  isKeyShown: false,
  anchors: '',
  certificate: '',
  key: '',
})
