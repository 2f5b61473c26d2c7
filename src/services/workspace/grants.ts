import { readFile, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { ProblemError } from '../../domain/problem.ts'
import { createQueue } from './queue.ts'
import { writeAtomically } from './write-atomically.ts'

/** What the user has let the window have: a file, a folder with all below it, or a program to be run. */
export type GrantKind = 'file' | 'folder' | 'program'

interface Grant {
  /** Without symbolic links. */
  readonly path: string
  readonly kind: GrantKind
}

/** The paths that the window may use. The window is not trusted: it asks for a path, and here it is judged each time. */
export interface Grants {
  /** The user has chosen this path in the system's dialog. */
  readonly add: (path: string, kind: GrantKind) => Promise<void>
  /** Where a path leads, without symbolic links, if the window may read it; throws `restricted` where it may not. */
  readonly resolveToRead: (path: string) => Promise<string>
  readonly resolveToWrite: (path: string) => Promise<string>
  /** Throws `restricted` where the user has not chosen this file as a program. */
  readonly assertProgram: (path: string) => Promise<void>
}

const MAX_GRANTS = 1_000
/** In a folder, the window writes manifests and nothing that the system or a shell would run. */
const isWritableName = (path: string): boolean => /\.(?:ya?ml|json|txt)$/i.test(path)

/** The path as the user meant it: `~` is the home folder; anything else must be absolute. */
export function resolvePath(path: string): string {
  const trimmed = path.trim()
  const resolved = trimmed === '~' || trimmed.startsWith('~/') ? join(homedir(), trimmed.slice(1)) : trimmed
  if (isAbsolute(resolved) && !resolved.includes('\0')) return resolved
  throw new ProblemError({
    code: 'bad-input',
    message: `${JSON.stringify(path)} is not a whole path`,
    hint: 'Write the path from the root, or from your home folder with ~/',
    at: 'path',
  })
}

/**
 * With `folders`, exactly these, as the web shell was started with; else what the user has chosen in dialogs, now and in
 * earlier runs. `kept` are paths that no folder brings: our own data.
 */
export function openGrants({
  dataFolder,
  folders,
  readOnly = [],
}: {
  readonly dataFolder: string
  readonly folders?: readonly string[] | undefined
  /** Files that can be read in a granted folder but not written: kubeconfigs, which can name programs. */
  readonly readOnly?: readonly string[]
}): Grants {
  const store = join(dataFolder, 'grants.json')
  const inOrder = createQueue()

  async function readGrants(): Promise<readonly Grant[]> {
    if (folders !== undefined)
      return await Promise.all(
        folders.map(async path => ({ path: await findRealPath(path), kind: 'folder' as const })),
      )
    try {
      return readStored(JSON.parse(await readFile(store, 'utf8')))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
        console.warn(
          `The opened files and folders in ${store} cannot be read: they have to be opened again`,
          error,
        )
      return []
    }
  }

  async function resolve(asked: string, use: 'read' | 'write'): Promise<string> {
    const real = await findRealPath(resolvePath(asked))
    const grants = await readGrants()
    if (grants.some(({ path, kind }) => kind === 'file' && path === real)) return real
    const isInFolder = grants.some(({ path, kind }) => kind === 'folder' && isVisibleBelow(real, path))
    const own = await findRealPath(dataFolder)
    if (!isInFolder || real === own || isBelow(real, own)) throw notGranted(asked, folders)
    if (use === 'write') await assertWritable(asked, real)
    return real
  }

  async function assertWritable(asked: string, real: string): Promise<void> {
    const kubeconfigs = await Promise.all(readOnly.map(path => findRealPath(path)))
    if (isWritableName(real) && !kubeconfigs.includes(real)) return
    throw new ProblemError({
      code: 'restricted',
      message: `${asked} is not written by the window`,
      hint: 'It writes YAML and JSON files, and no kubeconfig that is in use.',
    })
  }

  return {
    async add(path, kind) {
      if (folders !== undefined) return
      const grant: Grant = { path: await findRealPath(resolvePath(path)), kind }
      await inOrder('grants', async () => {
        const others = (await readGrants()).filter(each => each.path !== grant.path || each.kind !== kind)
        await writeAtomically(
          store,
          JSON.stringify({ version: 1, grants: [grant, ...others].slice(0, MAX_GRANTS) }),
        )
      })
    },
    resolveToRead: path => resolve(path, 'read'),
    resolveToWrite: path => resolve(path, 'write'),
    async assertProgram(path) {
      const real = await findRealPath(resolvePath(path))
      const isChosen = (await readGrants()).some(grant => grant.kind === 'program' && grant.path === real)
      if (isChosen) return
      throw new ProblemError(
        folders === undefined
          ? {
              code: 'restricted',
              message: `${path} was not chosen in the dialog`,
              hint: 'Choose the program with Browse.',
            }
          : {
              code: 'restricted',
              message: `${path} cannot be used: no program can be chosen in the browser`,
              hint: 'Put it on the PATH before you start Mesh Workbench, or choose it in the desktop app.',
            },
      )
    },
  }
}

const KINDS: readonly unknown[] = ['file', 'folder', 'program'] satisfies GrantKind[]

function readStored(stored: unknown): readonly Grant[] {
  const { grants } = (stored ?? {}) as { grants?: unknown }
  return (Array.isArray(grants) ? grants : []).filter((each: unknown): each is Grant => {
    const { path, kind } = (each ?? {}) as Record<string, unknown>
    return typeof path === 'string' && KINDS.includes(kind)
  })
}

/** Where a path leads; of what is not there yet, where the part that is there leads, with the rest behind it. */
async function findRealPath(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const parent = dirname(path)
    if ((code !== 'ENOENT' && code !== 'ENOTDIR') || parent === path) throw error
    return join(await findRealPath(parent), basename(path))
  }
}

const isBelow = (path: string, folder: string): boolean => {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** In or below a folder, without a name that begins with a dot on the way: `.ssh`, `.docker` and their like hold secrets. */
const isVisibleBelow = (path: string, folder: string): boolean =>
  path === folder ||
  (isBelow(path, folder) &&
    !relative(folder, path)
      .split(sep)
      .some(name => name.startsWith('.')))

const notGranted = (path: string, folders: readonly string[] | undefined): ProblemError =>
  new ProblemError(
    folders === undefined
      ? {
          code: 'restricted',
          message: `${path} was not opened in the dialog`,
          hint: 'Open the file or its folder with Open file… or Open folder….',
        }
      : {
          code: 'restricted',
          message: `${path} is not in a folder that this window may use`,
          hint: `It may use ${folders.join(', ')}. Start Mesh Workbench with --folder to add another.`,
        },
  )
