import { ProblemError } from '../../../domain/problem.ts'
import { toolInstall } from '../../../shared/contract/setup/tools.ts'
import {
  implementTask,
  type StepContext,
  type StepDefinition,
  type TaskDefinition,
} from '../../tasks/task.ts'
import type { DownloadProgress } from './download.ts'
import type { InstallOutcome } from './install-tool.ts'
import type { Tools } from './tools.ts'

type ToolInstall = ReturnType<typeof toolInstall.readInput>

/** One version of a tool, downloaded or imported, verified, and put beside the others. */
export const defineToolInstall = (
  tools: Pick<Tools, 'download' | 'install' | 'importFile'>,
): TaskDefinition =>
  implementTask(toolInstall, input => {
    const name = `${input.tool} ${input.version}`
    return {
      title: input.file === undefined ? `Install ${name}` : `Import ${name}`,
      lock: `tool/${input.tool}`,
      steps: input.file === undefined ? downloadSteps(tools, input, name) : [importStep(tools, input, name)],
    }
  })

function downloadSteps(
  tools: Pick<Tools, 'download' | 'install'>,
  { tool, version, confirmed }: ToolInstall,
  name: string,
): readonly StepDefinition[] {
  let bytes = 0
  return [
    {
      name: 'download',
      title: `Download ${name}`,
      async run({ signal, log, report }) {
        let isFirst = true
        const { from, exists } = await tools.download({
          tool,
          version,
          signal,
          onProgress(progress) {
            bytes = progress.bytes
            if (isFirst && progress.resumedFrom > 0)
              log(`${sizeOf(progress.resumedFrom)} were downloaded before: the download resumes there`)
            isFirst = false
            report(progress.total === undefined ? undefined : bytes / progress.total, describe(progress))
          },
        })
        log(exists ? `${from} is already downloaded` : `${sizeOf(bytes)} came from ${from}`)
      },
      cleanUp: () =>
        Promise.resolve(
          bytes === 0
            ? []
            : [
                `${sizeOf(bytes)} of ${name} are kept, and the download resumes there if the server can. They can't be run.`,
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
  { tool, version, confirmed, file = '' }: ToolInstall,
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
    message: `${name} has no published or pinned checksum. The file from ${outcome.from} has SHA-256 ${outcome.sha256}`,
    hint: 'Compare it with one from elsewhere and confirm it in Setup › Tools. Until then it cannot be run.',
  })
}

const sizeOf = (bytes: number): string =>
  bytes < 1_000_000
    ? `${Math.ceil(bytes / 1_000)} kB`
    : `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`

const describe = ({ bytes, total }: DownloadProgress): string =>
  total === undefined ? sizeOf(bytes) : `${sizeOf(bytes)} of ${sizeOf(total)}`
