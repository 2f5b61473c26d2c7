import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MeshIdentity } from '../certificates/create-mesh-identity.ts'
import type { IdentityFiles } from './linkerd-program.ts'

/** Gives a program an identity as files that only this user can read, and removes them whatever happens. */
export async function withIdentityFiles<T>(
  identity: MeshIdentity,
  use: (files: IdentityFiles) => Promise<T>,
): Promise<T> {
  // mkdtemp makes folders of mode 0700.
  const folder = await mkdtemp(join(tmpdir(), 'mesh-workbench-identity-'))
  try {
    const files = {
      anchors: join(folder, 'ca.crt'),
      certificate: join(folder, 'issuer.crt'),
      key: join(folder, 'issuer.key'),
    }
    for (const name of ['anchors', 'certificate', 'key'] as const)
      await writeFile(files[name], identity[name], { mode: 0o600, flag: 'wx' })
    return await use(files)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The lines of a key, each of which alone would tell a part of it in a log. */
export const secretLines = (key: string): readonly string[] => [
  ...key.split('\n').filter(line => line.length > 16 && !line.startsWith('-----')),
  Buffer.from(key).toString('base64'),
]
