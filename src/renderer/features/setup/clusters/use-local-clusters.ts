import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { LocalCluster } from '../../../../domain/setup/clusters/local-cluster.ts'
import { toProblem, type Problem } from '../../../../domain/problem.ts'
import type { LocalProviderState } from '../../../../shared/contract/setup/clusters.ts'
import type { TaskSummary } from '../../../../shared/contract/tasks.ts'
import { useApi } from '../../../state/api.ts'
import { contexts } from '../../../state/contexts.ts'
import { runningTasks } from '../../../state/tasks.ts'

const CLUSTER_TASKS: readonly TaskSummary['kind'][] = [
  'cluster-create',
  'cluster-delete',
  'cluster-start',
  'cluster-stop',
  'image-load',
]

export interface LocalClusters {
  /** Undefined until the first answer. */
  readonly providers: Readonly<Ref<readonly LocalProviderState[] | undefined>>
  readonly problem: Readonly<Ref<Problem | undefined>>
  readonly isLoading: Readonly<Ref<boolean>>
  readonly read: () => Promise<void>
  /** The work on local clusters that is running. */
  readonly running: ComputedRef<readonly TaskSummary[]>
  /** The work that runs on a cluster; load balancers run beside everything else and are not counted. */
  readonly workOn: (cluster: LocalCluster) => TaskSummary | undefined
  readonly loadBalancerOf: (cluster: LocalCluster) => TaskSummary | undefined
}

/** The clusters of this machine, read again when work on them ends and when the kubeconfig changes. */
export function useLocalClusters(): LocalClusters {
  const api = useApi()
  const providers = shallowRef<readonly LocalProviderState[]>()
  const problem = shallowRef<Problem>()
  const isLoading = ref(false)
  let reading = new AbortController()

  async function read(): Promise<void> {
    reading.abort()
    const own = new AbortController()
    reading = own
    isLoading.value = true
    try {
      const found = await api.listLocalClusters(undefined, own.signal)
      if (own.signal.aborted) return
      providers.value = found
      problem.value = undefined
    } catch (error) {
      if (!own.signal.aborted) problem.value = toProblem(error)
    } finally {
      if (reading === own) isLoading.value = false
    }
  }

  const running = computed(() =>
    runningTasks.value.filter(
      ({ kind }) => kind === 'local-mesh' || kind === 'load-balancer' || CLUSTER_TASKS.includes(kind),
    ),
  )
  const runningIds = computed(() => running.value.map(({ id }) => id).join())
  const contextNames = computed(() => contexts.value.contexts.map(({ name }) => name).join())
  watch([runningIds, contextNames], () => void read(), { immediate: true })
  onScopeDispose(() => reading.abort())

  const isOn = ({ subject }: TaskSummary, { provider, name }: LocalCluster): boolean =>
    subject.cluster?.provider === provider && subject.cluster.name === name
  return {
    providers,
    problem,
    isLoading,
    read,
    running,
    workOn: cluster => running.value.find(task => CLUSTER_TASKS.includes(task.kind) && isOn(task, cluster)),
    // One serves all clusters of kind.
    loadBalancerOf: cluster =>
      running.value.find(
        task =>
          task.kind === 'load-balancer' &&
          (cluster.provider === 'kind' ? task.subject.cluster?.provider === 'kind' : isOn(task, cluster)),
      ),
  }
}
