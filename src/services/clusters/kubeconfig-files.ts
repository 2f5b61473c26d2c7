import { watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { ProblemError } from '../../domain/problem.ts'
import type { Host } from '../host.ts'
import { decodeText } from '../workspace/decode-text.ts'
import { readRegularFile } from '../workspace/read-regular-file.ts'
import { mergeKubeconfigs, type Kubeconfig } from './kubeconfig.ts'
import { parseKubeconfig } from './parse-kubeconfig.ts'

/** The files that kubectl would read, in its order. Source: client-go, clientcmd/loader.go, NewDefaultClientConfigLoadingRules. */
export function listKubeconfigFiles(env: Host['env']): string[] {
  const list = env['KUBECONFIG']
  if (list) return [...new Set(list.split(delimiter).filter(path => path !== ''))]
  return [join(env['HOME'] ?? env['USERPROFILE'] ?? homedir(), '.kube', 'config')]
}

const MAX_BYTES = 20 * 1024 * 1024

/** Reads and merges the files; one that is missing counts as empty, one that is broken as a problem. */
export async function readKubeconfigFiles(paths: readonly string[]): Promise<Kubeconfig> {
  return mergeKubeconfigs(await Promise.all(paths.map(readOne)))
}

async function readOne(path: string): Promise<Kubeconfig> {
  try {
    const { bytes } = await readRegularFile(path, MAX_BYTES)
    return parseKubeconfig(decodeText(bytes, path), path)
  } catch (error) {
    const empty = parseKubeconfig('', path)
    if (error instanceof ProblemError) return { ...empty, problems: [{ ...error.problem, code: 'invalid' }] }
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return empty
    const raw = error instanceof Error ? error.message : String(error)
    return {
      ...empty,
      problems: [{ code: 'disk', message: `The kubeconfig ${path} cannot be read: ${code ?? raw}`, raw }],
    }
  }
}

/**
 * Calls back when one of the files may have changed. Folders are watched, because editors and kubectl replace
 * files; the files' identity is looked at too, because a swap behind a symbolic link happens in another folder.
 */
export function followKubeconfigFiles(paths: readonly string[], onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const announce = (): void => {
    clearTimeout(timer)
    timer = setTimeout(onChange, 50)
  }
  const names = new Set(paths.map(path => basename(path)))
  const watchers = [...new Set(paths.map(path => dirname(path)))].flatMap(folder => {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name === null || names.has(name)) announce()
      })
      // A folder that goes away ends its watcher; the look at identities below goes on.
      watcher.on('error', () => watcher.close())
      return [watcher]
    } catch {
      // The folder does not exist yet: the look at identities finds it.
      return []
    }
  })

  let identities: string | undefined
  const look = async (): Promise<void> => {
    const now = (await Promise.all(paths.map(identify))).join('\n')
    if (identities !== undefined && identities !== now) announce()
    identities = now
  }
  void look()
  const looking = setInterval(() => void look(), 1000)
  looking.unref()

  return () => {
    clearTimeout(timer)
    clearInterval(looking)
    for (const watcher of watchers) watcher.close()
  }
}

async function identify(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs } = await stat(path)
    return `${dev}/${ino}/${size}/${mtimeMs}`
  } catch {
    return 'missing'
  }
}
