import type { PortUse } from '../../../domain/setup/clusters/check-machine.ts'
import { KIND_CLUSTER_LABEL } from '../../../domain/setup/clusters/read-containers.ts'
import type { ContainerEngine, Run } from './container-engine.ts'

const MINIKUBE_LABEL = 'name.minikube.sigs.k8s.io'

/** Names the containers that have the ports: the process that listens is one of the engine, whose name says nothing. */
export async function namePortOwners(
  context: Run,
  engine: ContainerEngine | undefined,
  uses: readonly PortUse[],
): Promise<readonly PortUse[]> {
  if (!engine || uses.length === 0) return uses
  const clusters = await Promise.all(
    [KIND_CLUSTER_LABEL, MINIKUBE_LABEL].map(label => engine.list(context, label)),
  )
  return uses.map(use => {
    const container = clusters
      .flat()
      .find(({ ports, isRunning }) => isRunning && ports.some(({ host }) => host === use.port))
    if (!container) return use
    const cluster = container.labels[KIND_CLUSTER_LABEL] ?? container.labels[MINIKUBE_LABEL]
    return { port: use.port, owner: `${container.name}, a node of the cluster ${cluster ?? ''}` }
  })
}
