import { ProblemError } from '../../../domain/problem.ts'
import { TOOL_NAMES, type ToolName } from '../../../shared/contract/setup/tools.ts'
import type { Json, StepContext, StepDefinition, TaskDefinition } from '../../tasks/task.ts'
import type { DownloadProgress } from './download.ts'
import type { InstallOutcome } from './install-tool.ts'
import { readToolVersion } from './tool-catalog.ts'
import type { Tools } from './tools.ts'

export const TOOL_INSTALL = 'tool-install'

/** What is to be installed; kept with the task. */
interface ToolInstallInput {
  readonly tool: ToolName
  readonly version: string
  /** The SHA-256 that the user compared and confirmed, where nobody else vouches for the file. */
  readonly confirmed?: string
  /** A file of the user's instead of the download. */
  readonly file?: string
}

/** One version of a tool, downloaded or imported, verified, and put beside the others. */
export const defineToolInstall = (
  tools: Pick<Tools, 'download' | 'install' | 'importFile'>,
): TaskDefinition => ({
  kind: TOOL_INSTALL,
  describe(json) {
    const input = readInput(json)
    const name = `${input.tool} ${input.version}`
    return {
      title: input.file === undefined ? `Install ${name}` : `Import ${name}`,
      lock: `tool/${input.tool}`,
      steps: input.file === undefined ? downloadSteps(tools, input, name) : [importStep(tools, input, name)],
    }
  },
})

function downloadSteps(
  tools: Pick<Tools, 'download' | 'install'>,
  { tool, version, confirmed }: ToolInstallInput,
  name: string,
): readonly StepDefinition[] {
  let bytes = 0
  return [
    {
      name: 'download',
      title: `Download ${name}`,
      async run({ signal, log, report }) {
        let isFirst = true
        const { from, isThere } = await tools.download({
          tool,
          version,
          signal,
          onProgress(progress) {
            bytes = progress.bytes
            if (isFirst && progress.resumedFrom > 0)
              log(`${sizeOf(progress.resumedFrom)} are here from before: it goes on behind them`)
            isFirst = false
            report(progress.total === undefined ? undefined : bytes / progress.total, describe(progress))
          },
        })
        log(isThere ? `${from} is here already` : `${sizeOf(bytes)} came from ${from}`)
      },
      cleanUp: () =>
        Promise.resolve(
          bytes === 0
            ? []
            : [
                `${sizeOf(bytes)} of ${name} are kept, and it goes on there where the server can; nothing of it can be run.`,
              ],
        ),
    },
    {
      name: 'install',
      title: `Verify and install ${name}`,
      run: async context =>
        finish(
          await tools.install({
            tool,
            version,
            signal: context.signal,
            ...(confirmed === undefined ? {} : { confirmed }),
          }),
          name,
          context,
        ),
      // The store takes a version in whole, by a rename, or not at all.
      cleanUp: 'nothing',
    },
  ]
}

const importStep = (
  tools: Pick<Tools, 'importFile'>,
  { tool, version, confirmed, file = '' }: ToolInstallInput,
  name: string,
): StepDefinition => ({
  name: 'import',
  title: `Verify and install ${name} from ${file}`,
  run: async context =>
    finish(
      await tools.importFile({
        tool,
        version,
        file,
        signal: context.signal,
        ...(confirmed === undefined ? {} : { confirmed }),
      }),
      name,
      context,
    ),
  cleanUp: 'nothing',
})

const vouchers = {
  pinned: 'it is pinned in this app',
  published: 'its project publishes it',
  confirmed: 'you confirmed it',
} as const

function finish(outcome: InstallOutcome, name: string, { log }: StepContext): void {
  if (outcome.state === 'installed') {
    const { path, sha256, voucher } = outcome.installed
    log(`SHA-256 ${sha256}: ${vouchers[voucher]}`)
    log(`Installed as ${path}`)
    return
  }
  throw new ProblemError({
    code: 'restricted',
    message: `Nobody vouches for ${name}: no checksum is published or pinned for it. What came from ${outcome.from} has SHA-256 ${outcome.sha256}`,
    hint: 'Compare it with one from elsewhere and confirm it in Setup › Tools. Until then it cannot be run.',
  })
}

const sizeOf = (bytes: number): string =>
  bytes < 1_000_000
    ? `${Math.ceil(bytes / 1_000)} kB`
    : `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`

const describe = ({ bytes, total }: DownloadProgress): string =>
  total === undefined ? sizeOf(bytes) : `${sizeOf(bytes)} of ${sizeOf(total)}`

function readInput(json: Json): ToolInstallInput {
  const { tool, version, confirmed, file } = (json ?? {}) as Partial<Record<keyof ToolInstallInput, unknown>>
  const known = TOOL_NAMES.find(name => name === tool)
  const isText = (value: unknown): value is string | undefined =>
    value === undefined || typeof value === 'string'
  if (known === undefined || typeof version !== 'string' || !isText(confirmed) || !isText(file))
    throw new ProblemError({ code: 'bad-input', message: 'The task does not say which tool to install' })
  return {
    tool: known,
    version: readToolVersion(known, version.trim()),
    ...(confirmed === undefined ? {} : { confirmed }),
    ...(file === undefined ? {} : { file }),
  }
}
