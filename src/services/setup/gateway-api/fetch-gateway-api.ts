import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { GATEWAY_API_PINS, gatewayApiUrl } from '../../../domain/setup/local-mesh/gateway-api-pins.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { StepContext } from '../../tasks/task.ts'
import { hashFile } from '../tools/checksum.ts'
import { download } from '../tools/download.ts'
import { mirrorUrl } from '../tools/mirror.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'

/** The published file, verified; a download that was cut off resumes where it ended. */
export async function fetchGatewayApi(
  { env, folder, mirror }: Pick<SetupDependencies, 'env' | 'folder' | 'mirror'>,
  version: string,
  { signal, log, report }: Pick<StepContext, 'signal' | 'log' | 'report'>,
): Promise<string> {
  const pin = GATEWAY_API_PINS[version]
  if (pin === undefined)
    throw new ProblemError({
      code: 'restricted',
      message: `This release knows no checksum of Gateway API ${version}, so what is downloaded could not be verified`,
      hint: `Download ${gatewayApiUrl(version)} yourself and give Setup the file.`,
    })
  const to = join(folder, 'downloads', `gateway-api-${version}.yaml`)
  const exists = (await stat(to).catch(() => undefined)) !== undefined
  if (!exists || (await hashFile(to, signal)) !== pin) {
    const url = mirrorUrl(gatewayApiUrl(version), (await mirror?.()) ?? '')
    log(`Gateway API ${version} is downloaded from ${new URL(url).host}`)
    await download({
      url,
      to,
      env,
      signal,
      onProgress({ bytes, total, resumedFrom }) {
        const since = resumedFrom === 0 ? '' : `, resumed at ${kilobytes(resumedFrom)}`
        report(
          total === undefined ? undefined : bytes / total,
          `${kilobytes(bytes)} of ${kilobytes(total)}${since}`,
        )
      },
    })
  }
  const sha256 = await hashFile(to, signal)
  if (sha256 === pin) {
    log(`Its SHA-256 is the one that is pinned: ${pin}`)
    return to
  }
  await rm(to, { force: true })
  throw new ProblemError({
    code: 'invalid',
    message: `Gateway API ${version} is not what was published: its SHA-256 is ${sha256}, not ${pin}`,
    hint: 'It was deleted. Try again; if it happens again, do not trust the mirror or the network.',
  })
}

const kilobytes = (bytes: number | undefined): string =>
  bytes === undefined ? '?' : `${Math.round(bytes / 1024)} KB`
