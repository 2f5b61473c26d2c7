import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { CLUSTER_TASKS, clusterTaskTitle } from '../../../../domain/setup/clusters/cluster-tasks.ts'
import type { LocalCluster } from '../../../../domain/setup/clusters/local-cluster.ts'
import { toProblem, type Problem } from '../../../../domain/problem.ts'
import type { LocalProviderState } from '../../../../shared/contract/setup/clusters.ts'
import type { TaskSummary } from '../../../../shared/contract/tasks.ts'
import { useApi } from '../../../state/api.ts'
import { contexts } from '../../../state/contexts.ts'
import { runningTasks } from '../../../state/tasks.ts'

export interface LocalClusters {
  /** Undefined until the first answer. */
  readonly providers: Readonly<Ref<readonly LocalProviderState[] | undefined>>
  readonly problem: Readonly<Ref<Problem | undefined>>
  readonly isLoading: Readonly<Ref<boolean>>
  readonly read: () => Promise<void>
  /** The work on local clusters that goes on now. */
  readonly running: ComputedRef<readonly TaskSummary[]>
  /** What goes on with a cluster; load balancers run beside everything else and are no such work. */
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
      ({ kind }) => kind === 'local-mesh' || CLUSTER_TASKS.some(each => each === kind),
    ),
  )
  const runningIds = computed(() => running.value.map(({ id }) => id).join())
  const contextNames = computed(() => contexts.value.contexts.map(({ name }) => name).join())
  watch([runningIds, contextNames], () => void read(), { immediate: true })
  onScopeDispose(() => reading.abort())

  const titled = (title: string): TaskSummary | undefined => running.value.find(task => task.title === title)
  return {
    providers,
    problem,
    isLoading,
    read,
    running,
    workOn: ({ provider, name }) => {
      const works = CLUSTER_TASKS.filter(task => task !== 'load-balancer')
      return works.map(task => titled(clusterTaskTitle(task, provider, name))).find(task => task)
    },
    loadBalancerOf: ({ provider, name }) => titled(clusterTaskTitle('load-balancer', provider, name)),
  }
}
