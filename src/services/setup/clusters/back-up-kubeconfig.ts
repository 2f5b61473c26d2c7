import { copyFile, chmod, mkdir, access } from 'node:fs/promises'
import { join } from 'node:path'
import { listKubeconfigFiles } from '../../clusters/kubeconfig-files.ts'
import type { Host } from '../../host.ts'

/**
 * Copies the file that kind is about to merge into. As kubectl, it is the first of KUBECONFIG that exists.
 * Returns the copy; undefined where there is no file yet.
 */
export async function backUpKubeconfig(
  env: Host['env'],
  folder: string,
  now: number,
): Promise<string | undefined> {
  for (const path of listKubeconfigFiles(env)) {
    try {
      await access(path)
    } catch {
      continue
    }
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const copy = join(folder, `kubeconfig-${new Date(now).toISOString().replaceAll(':', '-')}`)
    await copyFile(path, copy)
    // It holds keys.
    await chmod(copy, 0o600)
    return copy
  }
  return undefined
}
