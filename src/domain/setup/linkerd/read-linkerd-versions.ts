/** What `linkerd version` says. */
export interface LinkerdVersions {
  readonly client?: string
  /** Absent where there is no control plane, or it does not answer. */
  readonly server?: string
}

/** Reads `linkerd version`. Source: linkerd2, cli/cmd/version.go */
export function readLinkerdVersions(text: string): LinkerdVersions {
  const read = (name: string): string | undefined => {
    const found = new RegExp(`^${name} version: (?<version>\\S+)$`, 'm').exec(text)?.groups?.['version']
    return found === undefined || found === 'unavailable' ? undefined : found
  }
  const client = read('Client')
  const server = read('Server')
  return { ...(client === undefined ? {} : { client }), ...(server === undefined ? {} : { server }) }
}
