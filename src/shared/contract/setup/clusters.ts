import * as v from 'valibot'
import type { PreflightCheck } from '../../../domain/setup/clusters/check-machine.ts'
import {
  LOCAL_PROVIDERS,
  type LocalCluster,
  type LocalProviderName,
} from '../../../domain/setup/clusters/local-cluster.ts'
import type { ClusterPlan } from '../../../domain/setup/clusters/plan-cluster.ts'
import type { Problem } from '../../../domain/problem.ts'
import { call } from '../../rpc/contract.ts'
import { input, nothing } from '../input.ts'

/** One tool that makes clusters here, and its clusters. */
export interface LocalProviderState {
  readonly provider: LocalProviderName
  readonly clusters: readonly LocalCluster[]
  /** The program that was asked; absent where there is none. */
  readonly tool?: { readonly path: string; readonly version?: string }
  /** Why it cannot tell its clusters. */
  readonly problem?: Problem
}

/** A plan for a cluster, and for which version of its tool it was made. */
export interface ClusterPreview extends ClusterPlan {
  readonly toolVersion?: string
}

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const text = v.pipe(v.string(), v.maxLength(300))

const wishes = v.object({
  provider: v.picklist(LOCAL_PROVIDERS),
  name: text,
  workers: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(20)),
  meshes: v.pipe(v.array(v.picklist(['istio', 'linkerd'])), v.readonly()),
  kubernetes: v.exactOptional(text),
  nodeImage: v.exactOptional(text),
  ports: v.exactOptional(v.object({ http: port, https: port })),
  cpus: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256))),
  memory: v.exactOptional(v.pipe(v.number(), v.minValue(1), v.maxValue(1024))),
  driver: v.exactOptional(v.pipe(text, v.regex(/^[a-z0-9]+$/))),
})

/** Clusters on this machine. They are made, started, stopped and deleted by tasks: `cluster-create` and so on. */
export const localClusters = {
  /** The clusters of kind and minikube as they are now. */
  listLocalClusters: call(nothing).returns<readonly LocalProviderState[]>(),
  /** Whether this machine can have the cluster of this configuration. */
  checkMachine: call(
    input(
      v.object({
        provider: v.picklist(LOCAL_PROVIDERS),
        name: text,
        config: v.pipe(v.string(), v.maxLength(100_000)),
      }),
    ),
  ).returns<readonly PreflightCheck[]>(),
  /** The configuration and the command for some wishes; nothing is made. */
  previewCluster: call(input(wishes)).returns<ClusterPreview>(),
}
