import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { applyChanges } from '../../domain/yaml/apply-change.ts'
import { valueAt } from '../../domain/yaml/path.ts'
import { applyTextEdits } from '../../domain/yaml/text-edit.ts'
import type { KubeconfigUser } from './kubeconfig.ts'
import type { TokenPair } from './oidc-tokens.ts'

/**
 * Writes refreshed tokens into the kubeconfig they came from, under the lock that kubectl takes. Where that cannot
 * be done they are kept in memory only, as long as the app runs. Source: client-go, clientcmd/config.go, lockFile.
 */
export async function keepTokens(user: KubeconfigUser, tokens: TokenPair): Promise<void> {
  try {
    const path = await realpath(user.source)
    await locked(path, async () => {
      const text = await readFile(path, 'utf8')
      const next = withTokens(text, user.name, tokens)
      const { mode } = await stat(path)
      const file = await open(`${path}.mesh-workbench`, 'wx', mode & 0o777)
      try {
        await file.writeFile(next)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(`${path}.mesh-workbench`, path)
    })
  } catch (error) {
    console.warn(`The refreshed tokens of ${user.name} could not be written to ${user.source}`, error)
  }
}

async function locked(path: string, work: () => Promise<void>): Promise<void> {
  const lock = `${path}.lock`
  await (await open(lock, 'wx', 0o600)).close()
  try {
    await work()
  } finally {
    await rm(`${path}.mesh-workbench`, { force: true })
    await rm(lock, { force: true })
  }
}

/** The text with the tokens of a user, everything else character for character. */
export function withTokens(text: string, user: string, { idToken, refreshToken }: TokenPair): string {
  const edits = applyChanges(text, 0, value => {
    const users = valueAt(value, ['users'])
    const index = Array.isArray(users) ? users.findIndex(entry => valueAt(entry, ['name']) === user) : -1
    const config = ['users', index, 'user', 'auth-provider', 'config']
    if (index < 0 || valueAt(value, config) === undefined)
      throw new Error(`there is no user ${user} with oidc`)
    return [
      { kind: 'set', path: [...config, 'id-token'], value: idToken },
      { kind: 'set', path: [...config, 'refresh-token'], value: refreshToken },
    ]
  })
  return applyTextEdits(text, edits)
}
