import { join } from 'node:path'
import { readStoredJson, type OnDamaged } from '../storage/stored-json.ts'
import { diskProblem } from '../workspace/disk-problem.ts'
import { writeAtomically } from '../workspace/write-atomically.ts'

/** What the user has consented to, by kubeconfig user and fingerprint; kept on disk, readable by its owner only. */
export interface Approvals {
  has(user: string, fingerprint: string): Promise<boolean>
  add(user: string, fingerprint: string): Promise<void>
}

interface Approval {
  readonly user: string
  readonly fingerprint: string
}

export function openApprovals(dataFolder: string, onDamaged?: OnDamaged): Approvals {
  const path = join(dataFolder, 'approved-commands.json')
  let approved: Promise<Approval[]> | undefined
  const load = (): Promise<Approval[]> => (approved ??= readApprovals(path, onDamaged))

  return {
    async has(user, fingerprint) {
      return (await load()).some(entry => entry.user === user && entry.fingerprint === fingerprint)
    },
    async add(user, fingerprint) {
      const next = [...(await load()), { user, fingerprint }]
      try {
        await writeAtomically(path, JSON.stringify(next, undefined, 2))
      } catch (error) {
        throw diskProblem(`The approval cannot be kept in ${path}`, error)
      }
      approved = Promise.resolve(next)
    },
  }
}

/** A file that is missing or damaged approves nothing: the user is asked again. */
async function readApprovals(path: string, onDamaged?: OnDamaged): Promise<Approval[]> {
  const stored = await readStoredJson(path, {
    parse: value => (Array.isArray(value) ? value.filter(isApproval) : undefined),
    what: 'list of approved commands',
    ...(onDamaged === undefined ? {} : { onDamaged }),
  })
  return stored.kind === 'read' ? stored.value : []
}

function isApproval(value: unknown): value is Approval {
  if (typeof value !== 'object' || value === null) return false
  const { user, fingerprint } = value as Partial<Record<keyof Approval, unknown>>
  return typeof user === 'string' && typeof fingerprint === 'string'
}
