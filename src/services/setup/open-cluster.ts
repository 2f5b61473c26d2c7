import { ProblemError } from '../../domain/problem.ts'
import { openApprovals } from '../clusters/approvals.ts'
import { createClusterClient, type ClusterClient } from '../clusters/cluster-client.ts'
import { listKubeconfigFiles, readKubeconfigFiles } from '../clusters/kubeconfig-files.ts'
import { findDefinition } from '../clusters/kubeconfig.ts'
import type { SetupSetting } from './setup-setting.ts'

/** Runs work with a client of a context; its connections are closed behind it. */
export async function withCluster<T>(
  { env, now, folder }: SetupSetting,
  context: string,
  work: (client: ClusterClient) => Promise<T>,
): Promise<T> {
  const kubeconfig = await readKubeconfigFiles(listKubeconfigFiles(env))
  const definition = findDefinition(kubeconfig, context)
  if (!definition)
    throw new ProblemError({
      code: 'not-found',
      message: `The kubeconfig has no context ${context}`,
      hint: 'The cluster is there, but another kubeconfig was used for it: run kind export kubeconfig.',
    })
  const approvals = openApprovals(folder)
  const client = createClusterClient(definition, { env, now, approvals, execCache: new Map() })
  try {
    return await work(client)
  } finally {
    client.reset()
  }
}
