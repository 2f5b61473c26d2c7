import { isRecord } from '../../../domain/is-record.ts'
import type { ToolProgram, ToolState, UnconfirmedFile } from '../../../shared/contract/setup/tools.ts'
import { TOOL_NAMES, type ToolName } from '../../../domain/setup/tools/tool-name.ts'
import { isAbsolute, join } from 'node:path'
import { ProblemError, type Problem } from '../../../domain/problem.ts'
import { minorOf } from '../../../domain/setup/versions/version.ts'
import type { Host } from '../../host.ts'
import { readStoredJson, type OnDamaged } from '../../storage/stored-json.ts'
import { createQueue } from '../../workspace/queue.ts'
import { writeAtomically } from '../../workspace/write-atomically.ts'
import { askVersion, findOnPath, isProgram } from './find-programs.ts'
import {
  fetchTool,
  importTool,
  installTool,
  type InstallOutcome,
  type InstallRequest,
} from './install-tool.ts'
import { PINNED_CHECKSUMS } from './pinned-checksums.ts'
import { readPlatform } from './tool-catalog.ts'
import { openToolStore } from './tool-store.ts'
import { openUnconfirmedFiles } from './unconfirmed-files.ts'

export interface ToolsDependencies {
  /** The app's folder for tools. */
  readonly folder: string
  /** The environment of the login shell. */
  readonly env: Host['env']
  readonly platform?: NodeJS.Platform
  readonly arch?: string
  /** Asked at each download, so that a change of the settings counts from the next one on. */
  readonly mirror?: () => Promise<string>
  readonly pins?: Readonly<Record<string, string>>
  readonly idleTimeoutMs?: number
  readonly onDamaged?: OnDamaged
}

export interface Tools {
  readonly list: (signal?: AbortSignal) => Promise<readonly ToolState[]>
  /** The program to run, of a version where one is requested: `1.31` is met by any of its patches. */
  readonly find: (tool: ToolName, requested?: string, signal?: AbortSignal) => Promise<ToolState>
  /** The user's own choice; undefined takes it back. */
  readonly choose: (tool: ToolName, path: string | undefined) => Promise<void>
  /** Fetches what `install` then verifies, so that both are steps of their own. */
  readonly download: (request: InstallRequest) => Promise<{ readonly from: string; readonly exists: boolean }>
  readonly install: (request: InstallRequest) => Promise<InstallOutcome>
  readonly importFile: (request: InstallRequest & { readonly file: string }) => Promise<InstallOutcome>
  readonly remove: (tool: ToolName, version: string) => Promise<void>
  /** Files whose hash the user is to compare. */
  readonly listUnconfirmed: () => Promise<readonly UnconfirmedFile[]>
  readonly discard: (file: Pick<UnconfirmedFile, 'tool' | 'version' | 'from'>) => Promise<void>
}

export function createTools(dependencies: ToolsDependencies): Tools {
  const { folder, env, platform = process.platform, arch = process.arch } = dependencies
  const store = openToolStore(folder, platform)
  const choicesPath = join(folder, 'chosen.json')
  const unconfirmed = openUnconfirmedFiles(join(folder, 'downloads'))
  const inOrder = createQueue()

  const installDependencies = async (): Promise<Parameters<typeof installTool>[0]> => ({
    store,
    unconfirmed,
    mirror: (await dependencies.mirror?.()) ?? '',
    env,
    platform: readPlatform(platform, arch),
    pins: dependencies.pins ?? PINNED_CHECKSUMS,
    ...(dependencies.idleTimeoutMs === undefined ? {} : { idleTimeoutMs: dependencies.idleTimeoutMs }),
  })

  async function readChoices(): Promise<Partial<Record<string, string>>> {
    const stored = await readStoredJson(choicesPath, {
      parse: value => (isRecord(value) ? value : undefined),
      what: 'list of chosen tools',
      ...(dependencies.onDamaged === undefined ? {} : { onDamaged: dependencies.onDamaged }),
    }).catch((error: unknown) => {
      console.warn(
        `The chosen tools in ${choicesPath} are not valid JSON; the programs that are found are used`,
        error,
      )
      return undefined
    })
    return Object.fromEntries(
      Object.entries(stored?.kind === 'read' ? stored.value : {}).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    )
  }

  async function find(tool: ToolName, requested?: string, signal?: AbortSignal): Promise<ToolState> {
    const [choices, downloaded, onPath] = await Promise.all([
      readChoices(),
      store.list(tool),
      findOnPath(tool, env, platform),
    ])
    const chosenPath = choices[tool]
    const asked = async (path: string, from: ToolProgram['from']): Promise<ToolProgram> => ({
      path,
      from,
      ...(await askVersion(tool, path, env, signal)),
    })
    const chosen = chosenPath === undefined ? [] : [await asked(chosenPath, 'chosen')]
    const own = downloaded.map(({ path, version, from, voucher, isUntouched }): ToolProgram => ({
      path,
      from: 'downloaded',
      version,
      source: from,
      voucher,
      ...(isUntouched ? {} : { problem: changedProblem(tool, version) }),
    }))
    const found = await Promise.all(
      onPath.filter(path => path !== chosenPath).map(path => asked(path, 'path')),
    )
    const programs = [...chosen, ...found, ...own]
    return { tool, programs, ...pickProgram(tool, programs, requested) }
  }

  return {
    find,
    list: signal => Promise.all(TOOL_NAMES.map(tool => find(tool, undefined, signal))),
    async choose(tool, path) {
      if (path !== undefined && !(isAbsolute(path) && (await isProgram(path))))
        throw new ProblemError({
          code: 'bad-input',
          message: `${path} is not a program that can be executed`,
          hint: `Choose the file of ${tool} itself, by its full path.`,
        })
      await inOrder('choices', async () => {
        const others = Object.fromEntries(
          Object.entries(await readChoices()).filter(([name]) => name !== tool),
        )
        await writeAtomically(
          choicesPath,
          JSON.stringify(path === undefined ? others : { ...others, [tool]: path }),
        )
      })
    },
    download: request =>
      inOrder(request.tool, async () => {
        const { from, exists } = await fetchTool(await installDependencies(), request)
        return { from, exists }
      }),
    install: request => inOrder(request.tool, async () => installTool(await installDependencies(), request)),
    importFile: request =>
      inOrder(request.tool, async () => importTool(await installDependencies(), request)),
    remove: (tool, version) => inOrder(tool, () => store.remove(tool, version)),
    listUnconfirmed: unconfirmed.list,
    discard: ({ tool, version, from }) =>
      inOrder(tool, () => unconfirmed.drop(store.waitingPlace(tool, version, from))),
  }
}

const changedProblem = (tool: ToolName, version: string): Problem => ({
  code: 'invalid',
  message: `${tool} ${version} is not the program any more that was verified`,
  hint: 'It changed on disk. Remove it and install it again.',
})

/** What the user chose; otherwise, of what meets the request, the first on the PATH, then the newest download. */
function pickProgram(
  tool: ToolName,
  programs: readonly ToolProgram[],
  requested: string | undefined,
): Pick<ToolState, 'used' | 'why'> {
  const [first] = programs
  if (!first) return { why: `${tool} is not on the PATH and not downloaded` }
  if (first.from === 'chosen') return { used: first, why: 'You chose it' }
  const working = programs.filter(({ problem }) => !problem)
  const fitting =
    requested === undefined ? working : working.filter(({ version }) => isMet(version, requested))
  const [used] = fitting
  if (!used) {
    const why =
      requested === undefined
        ? `No ${tool} on this machine can be run`
        : `${tool} ${requested} is not installed`
    return { why }
  }
  const where = used.from === 'path' ? 'First on the PATH' : 'It is the newest that was downloaded'
  return { used, why: requested === undefined ? where : `${where} that is ${requested}` }
}

const isMet = (version: string | undefined, requested: string): boolean =>
  version !== undefined &&
  (version.replace(/^v/, '') === requested.replace(/^v/, '') ||
    (minorOf(requested) === requested && minorOf(version) === requested))
