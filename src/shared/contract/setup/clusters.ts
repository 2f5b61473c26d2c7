import * as v from 'valibot'
import type { PreflightCheck } from '../../../domain/setup/clusters/check-machine.ts'
import {
  contextOf,
  LOCAL_PROVIDERS,
  type LocalCluster,
  type LocalProviderName,
} from '../../../domain/setup/clusters/local-cluster.ts'
import type { ClusterPlan } from '../../../domain/setup/clusters/plan-cluster.ts'
import type { Problem } from '../../../domain/problem.ts'
import { readClusterName } from '../../../domain/setup/clusters/kind-config.ts'
import { call } from '../../rpc/contract.ts'
import { defineTask } from '../define-task.ts'
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

const options = v.object({
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

const reference = v.object({
  provider: v.picklist(LOCAL_PROVIDERS),
  name: v.pipe(v.string(), v.transform(readClusterName)),
})
/** Which cluster a task works on. */
export type ClusterReference = Readonly<v.InferOutput<typeof reference>>

const subjectOf = ({ provider, name }: ClusterReference) => ({
  context: contextOf(provider, name),
  cluster: { provider, name },
})

/** Makes a cluster on this machine from a configuration, and its context in the kubeconfig. */
export const clusterCreate = defineTask('cluster-create', {
  input: v.object({ ...reference.entries, config: v.string() }),
  subjectOf,
})
export const clusterDelete = defineTask('cluster-delete', { input: reference, subjectOf })
export const clusterStart = defineTask('cluster-start', { input: reference, subjectOf })
export const clusterStop = defineTask('cluster-stop', { input: reference, subjectOf })
/** Brings an image of this machine, or a file that holds one, onto the nodes of a cluster. */
export const imageLoad = defineTask('image-load', {
  input: v.object({
    ...reference.entries,
    image: v.exactOptional(v.string()),
    archive: v.exactOptional(v.string()),
  }),
  subjectOf,
})
/** Gives Services of type LoadBalancer addresses, as long as the task runs. */
export const loadBalancer = defineTask('load-balancer', { input: reference, subjectOf })

/** Clusters on this machine. What changes them is a task. */
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
  /** The configuration and the command for some options; nothing is created. */
  previewCluster: call(input(options)).returns<ClusterPreview>(),
}
