import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ProblemError } from '../../domain/problem.ts'

/** What the user has consented to, by kubeconfig user and fingerprint; kept on disk, readable by its owner only. */
export interface Approvals {
  has(user: string, fingerprint: string): Promise<boolean>
  add(user: string, fingerprint: string): Promise<void>
}

interface Approval {
  readonly user: string
  readonly fingerprint: string
}

export function openApprovals(dataFolder: string): Approvals {
  const path = join(dataFolder, 'approved-commands.json')
  let approved: Promise<Approval[]> | undefined
  const load = (): Promise<Approval[]> => (approved ??= readApprovals(path))

  return {
    async has(user, fingerprint) {
      return (await load()).some(entry => entry.user === user && entry.fingerprint === fingerprint)
    },
    async add(user, fingerprint) {
      const next = [...(await load()), { user, fingerprint }]
      try {
        await mkdir(dataFolder, { recursive: true })
        await writeFile(`${path}.new`, JSON.stringify(next, undefined, 2), { mode: 0o600 })
        await rename(`${path}.new`, path)
      } catch (error) {
        const raw = error instanceof Error ? error.message : String(error)
        throw new ProblemError({ code: 'disk', message: `The approval cannot be kept in ${path}`, raw })
      }
      approved = Promise.resolve(next)
    },
  }
}

/** A file that is missing or damaged approves nothing: the user is asked again. */
async function readApprovals(path: string): Promise<Approval[]> {
  try {
    const entries: unknown = JSON.parse(await readFile(path, 'utf8'))
    return Array.isArray(entries) ? entries.filter(isApproval) : []
  } catch {
    return []
  }
}

function isApproval(value: unknown): value is Approval {
  if (typeof value !== 'object' || value === null) return false
  const { user, fingerprint } = value as Partial<Record<keyof Approval, unknown>>
  return typeof user === 'string' && typeof fingerprint === 'string'
}
