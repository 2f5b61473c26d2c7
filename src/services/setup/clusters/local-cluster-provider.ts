import type { LocalCluster, LocalProviderName } from '../../../domain/setup/clusters/local-cluster.ts'
import type { PreflightCheck } from '../../../domain/setup/clusters/check-machine.ts'
import type { StepContext } from '../../tasks/task.ts'
import type { Run } from './container-engine.ts'
import type { ImageSource } from './kind.ts'

/** A cluster to be made: its name and its configuration's text, as the user left it. */
export interface ClusterRequest {
  readonly name: string
  readonly config: string
}

/** A tool that makes clusters on this machine. Each of its works is run inside a step of a task. */
export interface LocalClusterProvider {
  readonly name: LocalProviderName
  readonly list: (context: Run) => Promise<readonly LocalCluster[]>
  /**
   * Whether a cluster can be made. `isHalfMade`: an earlier run began it, so that its own name and ports are not
   * somebody else's.
   */
  readonly check: (
    context: Run,
    request: ClusterRequest,
    isHalfMade?: boolean,
  ) => Promise<readonly PreflightCheck[]>
  /** Makes the cluster; the tool merges its context into the kubeconfig, of which a copy is kept first. */
  readonly create: (context: StepContext, request: ClusterRequest) => Promise<void>
  readonly start: (context: StepContext, name: string) => Promise<void>
  readonly stop: (context: StepContext, name: string) => Promise<void>
  readonly remove: (context: Pick<StepContext, 'run' | 'log'>, name: string) => Promise<void>
  readonly loadImage: (context: StepContext, name: string, image: ImageSource) => Promise<void>
}
