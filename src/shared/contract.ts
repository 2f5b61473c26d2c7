import { addOns } from './contract/setup/add-ons.ts'
import { certificates } from './contract/setup/certificates.ts'
import { canary } from './contract/canary.ts'
import { changes } from './contract/changes.ts'
import { contexts } from './contract/contexts.ts'
import { localClusters } from './contract/setup/clusters.ts'
import { injection } from './contract/setup/injection.ts'
import { forwards } from './contract/forwards.ts'
import { istio } from './contract/setup/istio.ts'
import { linkerd } from './contract/setup/linkerd.ts'
import { observability } from './contract/observability.ts'
import { resources } from './contract/resources.ts'
import { shell } from './contract/shell.ts'
import { tasks } from './contract/tasks.ts'
import { tools } from './contract/setup/tools.ts'
import { workspace } from './contract/workspace.ts'
import type { Client, Handlers } from './rpc/contract.ts'

/** Everything the window can ask of the backend. The only place where a method is declared. */
export const contract = {
  ...shell,
  ...contexts,
  ...resources,
  ...changes,
  ...canary,
  ...workspace,
  ...forwards,
  ...observability,
  ...certificates,
  ...tasks,
  ...tools,
  ...localClusters,
  ...istio,
  ...injection,
  ...linkerd,
  ...addOns,
}

export type Api = Client<typeof contract>
export type Backend = Handlers<typeof contract>
