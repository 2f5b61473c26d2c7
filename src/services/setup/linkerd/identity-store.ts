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

const KEPT_FOR = 60 * 60_000

export function createIdentityStore(now: () => number): IdentityStore {
  const kept = new Map<string, { readonly identity: MeshIdentity; readonly until: number }>()
  const dropOld = (): void => {
    for (const [id, { until }] of kept) if (now() > until) kept.delete(id)
  }
  return {
    keep({ anchors, certificate, key }) {
      dropOld()
      const id = randomUUID()
      kept.set(id, { identity: { anchors, certificate, key }, until: now() + KEPT_FOR })
      return id
    },
    find(id) {
      dropOld()
      return kept.get(id)?.identity
    },
    forget: id => {
      kept.delete(id)
    },
  }
}
