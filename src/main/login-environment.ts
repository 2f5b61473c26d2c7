import { execFile } from 'node:child_process'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'

/**
 * The environment that the user's programs expect. An app started from macOS's Finder has launchd's PATH, in which
 * credential plugins such as `aws` are not found; the login shell knows the real one. Other systems hand it down.
 */
export async function loginEnvironment({
  platform,
  env,
}: { platform: NodeJS.Platform; env: NodeJS.ProcessEnv } = process): Promise<NodeJS.ProcessEnv> {
  if (platform !== 'darwin') return env
  const shell = env['SHELL'] ?? userInfo().shell ?? '/bin/zsh'
  try {
    const { stdout } = await promisify(execFile)(shell, ['-ilc', 'echo "__PATH__$PATH"'], { timeout: 5_000 })
    const path = /__PATH__(.+)/.exec(stdout)?.[1]
    return path === undefined ? env : { ...env, PATH: path }
  } catch (error) {
    console.warn('The login shell did not tell its PATH; programs are looked for in the inherited one', error)
    return env
  }
}
