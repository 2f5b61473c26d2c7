import { loadBalancerTitle } from './describe-ingress.ts'
import type { LocalProviderName } from './local-cluster.ts'

/** The kinds of long work on local clusters. */
export const CLUSTER_TASKS = [
  'cluster-create',
  'cluster-delete',
  'cluster-start',
  'cluster-stop',
  'image-load',
  'load-balancer',
] as const
export type ClusterTask = (typeof CLUSTER_TASKS)[number]

const VERBS = {
  'cluster-create': 'Create',
  'cluster-delete': 'Delete',
  'cluster-start': 'Start',
  'cluster-stop': 'Stop',
  'image-load': 'Load an image into',
} as const

/** The title of a task on a cluster, by which the window knows what it is about. */
export const clusterTaskTitle = (task: ClusterTask, provider: LocalProviderName, name: string): string =>
  task === 'load-balancer'
    ? loadBalancerTitle(provider, name)
    : `${VERBS[task]} the ${provider} cluster ${name}`
