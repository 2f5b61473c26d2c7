import { readLive } from '../../changes/read-live.ts'
import { readObjects } from '../steps/apply-manifest.ts'
import { readManifestFile } from '../../workspace/read-manifest-file.ts'
import { applyAll } from '../steps/apply-files.ts'
import { fetchGatewayApi } from './fetch-gateway-api.ts'
import type { ClusterWork } from '../local-mesh/in-cluster-step.ts'

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
  const all = readObjects(await readManifestFile(file))
  const isMark = ({ metadata }: (typeof all)[number]): boolean => HTTP_ROUTES.endsWith(`/${metadata.name}`)
  await applyAll(client, step, [...all.filter(each => !isMark(each)), ...all.filter(isMark)])
}
