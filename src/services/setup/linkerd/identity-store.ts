import { randomUUID } from 'node:crypto'
import type { MeshIdentity } from '../certificates/create-mesh-identity.ts'

/**
 * Keeps issuers with their keys between the window's form and the task that installs them: in memory only, for an hour.
 * A task's input is on the disk, so it names an identity by an id.
 */
export interface IdentityStore {
  readonly keep: (identity: MeshIdentity) => string
  readonly find: (id: string) => MeshIdentity | undefined
  readonly forget: (id: string) => void
}

const TTL_MS = 60 * 60_000

export function createIdentityStore(now: () => number): IdentityStore {
  const stored = new Map<string, { readonly identity: MeshIdentity; readonly until: number }>()
  const dropOld = (): void => {
    for (const [id, { until }] of stored) if (now() > until) stored.delete(id)
  }
  return {
    keep({ anchors, certificate, key }) {
      dropOld()
      const id = randomUUID()
      stored.set(id, { identity: { anchors, certificate, key }, until: now() + TTL_MS })
      return id
    },
    find(id) {
      dropOld()
      return stored.get(id)?.identity
    },
    forget: id => {
      stored.delete(id)
    },
  }
}
