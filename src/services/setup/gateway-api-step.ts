import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { GATEWAY_API_PINS, gatewayApiUrl } from '../../domain/local-mesh/gateway-api-pins.ts'
import { ProblemError } from '../../domain/problem.ts'
import { readLive } from '../changes/read-live.ts'
import { readObjects } from '../meshes/apply-manifest.ts'
import { hashFile } from '../tools/checksum.ts'
import { download } from '../tools/download.ts'
import { mirrorUrl } from '../tools/mirror.ts'
import { applyAll } from './apply-files.ts'
import type { ClusterWork } from './in-cluster-step.ts'

const HTTP_ROUTES =
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/httproutes.gateway.networking.k8s.io'

/** The CRDs of the Gateway API, unless some are there: those belong to who installed them. */
export async function installGatewayApi({ setting, input, client, step }: ClusterWork): Promise<void> {
  const crd = await readLive(client, HTTP_ROUTES, step.signal)
  if (crd) {
    const version = crd.metadata.annotations?.['gateway.networking.k8s.io/bundle-version'] ?? ''
    step.log(`Gateway API ${version} is there already: it is left as it is`)
    return
  }
  const file = input.gatewayApiFile ?? (await fetchGatewayApi(setting, input.gatewayApi, step))
  // The CRD that is looked for comes last: a run that was stopped before finds work left.
  const all = readObjects(await readFile(file, 'utf8'))
  const isMark = ({ metadata }: (typeof all)[number]): boolean => HTTP_ROUTES.endsWith(`/${metadata.name}`)
  await applyAll(client, step, [...all.filter(each => !isMark(each)), ...all.filter(isMark)])
}

/** The published file, verified; a download that was cut goes on where it ended. */
async function fetchGatewayApi(
  { env, folder, mirror }: ClusterWork['setting'],
  version: string,
  { signal, log, report }: ClusterWork['step'],
): Promise<string> {
  const pin = GATEWAY_API_PINS[version]
  if (pin === undefined)
    throw new ProblemError({
      code: 'restricted',
      message: `This release knows no checksum of Gateway API ${version}, so what is downloaded could not be verified`,
      hint: `Download ${gatewayApiUrl(version)} yourself and give the file to the set-up.`,
    })
  const to = join(folder, 'downloads', `gateway-api-${version}.yaml`)
  const isThere = (await stat(to).catch(() => undefined)) !== undefined
  if (!isThere || (await hashFile(to, signal)) !== pin) {
    const url = mirrorUrl(gatewayApiUrl(version), mirror)
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
    hint: 'It was deleted. Try again; if it stays so, do not trust the mirror or the network.',
  })
}

const kilobytes = (bytes: number | undefined): string =>
  bytes === undefined ? '?' : `${Math.round(bytes / 1024)} KB`
