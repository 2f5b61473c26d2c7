import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, basename, relative } from 'node:path'
import { ProblemError } from '../../domain/problem.ts'
import { readRegularFile } from '../workspace/read-regular-file.ts'

const MAX_FILE_BYTES = 1024 * 1024

/** The text of a file that a kubeconfig names. Only regular files are opened: a pipe or a device would block. */
export async function readCredentialFile(path: string): Promise<string> {
  const refuse = (reason: string): ProblemError =>
    new ProblemError({
      code: 'disk',
      message: `The file ${path}, which the kubeconfig names, cannot be read: ${reason}`,
      hint: 'Correct the path in the kubeconfig, or renew it with the tool that made it.',
    })
  try {
    return (await readRegularFile(path, MAX_FILE_BYTES)).bytes.toString('utf8')
  } catch (error) {
    if (error instanceof ProblemError) throw refuse(error.problem.message)
    throw refuse((error as NodeJS.ErrnoException).code ?? String(error))
  }
}

/** PEM from base64 or a file; data wins. Source: kubeconfig v1, Cluster.certificate-authority-data. */
export async function readPem(
  base64: string | undefined,
  path: string | undefined,
): Promise<string | undefined> {
  if (base64 !== undefined) return Buffer.from(base64, 'base64').toString('utf8')
  return path === undefined ? undefined : readCredentialFile(path)
}

/** Those of the files that are not below the folder once symbolic links are followed, as their real paths. */
export async function findOutside(paths: readonly (string | undefined)[], folder: string): Promise<string[]> {
  const realFolder = await resolveLinks(folder)
  const found = await Promise.all(paths.filter(path => path !== undefined).map(resolveLinks))
  return [...new Set(found)].filter(path => {
    const way = relative(realFolder, path)
    return way === '' || way.startsWith('..') || isAbsolute(way)
  })
}

/** The path without symbolic links; of what is not there, as far as it is there. */
export async function resolveLinks(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(await resolveLinks(parent), basename(path))
  }
}
