import { computed, onScopeDispose, reactive, ref, shallowRef, watch, type Ref } from 'vue'
import type { PreflightCheck } from '../../../../domain/setup/clusters/check-machine.ts'
import type { LocalProviderName } from '../../../../domain/setup/clusters/local-cluster.ts'
import {
  clusterCommand,
  DEFAULT_CPUS,
  DEFAULT_MEMORY,
  hostPortsOf,
  type ClusterOptions,
} from '../../../../domain/setup/clusters/plan-cluster.ts'
import { toProblem, type Problem } from '../../../../domain/problem.ts'
import type { MeshName } from '../../../../domain/setup/versions/version-set.ts'
import type { ClusterPreview } from '../../../../shared/contract/setup/clusters.ts'
import { useApi } from '../../../state/api.ts'

export type MeshChoice = 'istio' | 'linkerd' | 'both' | 'none'

/** The form as it is typed: numbers are texts, and empty is not said. */
export interface ClusterForm {
  provider: LocalProviderName
  name: string
  workers: string
  mesh: MeshChoice
  kubernetes: string
  nodeImage: string
  hasPorts: boolean
  http: string
  https: string
  cpus: string
  memory: string
  driver: string
}

const MESHES: Readonly<Record<MeshChoice, readonly MeshName[]>> = {
  istio: ['istio'],
  linkerd: ['linkerd'],
  both: ['istio', 'linkerd'],
  none: [],
}

/** How long typing has to rest before the backend is asked. */
const REST = 300

function readNumber(text: string, from: number, to: number, what: string): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isInteger(number) && number >= from && number <= to) return number
  throw new RangeError(`${what} is a whole number from ${from} to ${to}`)
}

function readOptions(form: ClusterForm): ClusterOptions {
  const { provider, mesh, kubernetes, nodeImage, hasPorts } = form
  return {
    provider,
    name: form.name.trim(),
    workers: readNumber(form.workers, 0, 20, 'The number of workers'),
    meshes: MESHES[mesh],
    ...(hasPorts
      ? {
          ports: {
            http: readNumber(form.http, 1, 65_535, 'The port for HTTP'),
            https: readNumber(form.https, 1, 65_535, 'The port for HTTPS'),
          },
        }
      : {}),
    ...(kubernetes.trim() === '' ? {} : { kubernetes: kubernetes.trim() }),
    ...(provider === 'kind'
      ? nodeImage.trim() === ''
        ? {}
        : { nodeImage: nodeImage.trim() }
      : {
          cpus: readNumber(form.cpus, 1, 256, 'The number of CPUs'),
          memory: readNumber(form.memory, 1, 1024, 'The memory'),
          driver: form.driver,
        }),
  }
}

export interface ClusterDraft {
  readonly form: Readonly<ClusterForm>
  readonly change: (part: Partial<ClusterForm>) => void
  readonly preview: Readonly<Ref<ClusterPreview | undefined>>
  /** What is wrong with the form. */
  readonly problem: Readonly<Ref<Problem | undefined>>
  /** The configuration as it will be used. */
  readonly config: Readonly<Ref<string>>
  /** The command that the configuration comes to; empty where it cannot be read. */
  readonly command: Readonly<Ref<string>>
  /** Where the configuration cannot be read. */
  readonly configProblems: Readonly<Ref<readonly Problem[]>>
  readonly edit: (text: string) => void
  /** The text is the user's own and the form says something else by now. */
  readonly isEdited: Readonly<Ref<boolean>>
  /** Takes the form's configuration and gives up the user's own. */
  readonly takeForm: () => void
  readonly checks: Readonly<Ref<readonly PreflightCheck[] | undefined>>
  readonly checksProblem: Readonly<Ref<Problem | undefined>>
  readonly isChecking: Readonly<Ref<boolean>>
  readonly check: () => Promise<void>
}

/** A cluster that is thought of: the form, the configuration that comes of it or was edited, and what the machine says. */
export function useClusterDraft(): ClusterDraft {
  const api = useApi()
  const form = reactive<ClusterForm>({
    provider: 'kind',
    name: 'dev',
    workers: '0',
    mesh: 'istio',
    kubernetes: '',
    nodeImage: '',
    hasPorts: true,
    http: '80',
    https: '443',
    cpus: String(DEFAULT_CPUS),
    memory: String(DEFAULT_MEMORY),
    driver: 'docker',
  })
  const preview = shallowRef<ClusterPreview>()
  const problem = shallowRef<Problem>()
  /** The user's own text; undefined while the form's is taken. */
  const own = ref<string>()
  const config = computed(() => own.value ?? preview.value?.config ?? '')
  const editedFrom = ref('')
  const isEdited = computed(() => own.value !== undefined && preview.value?.config !== editedFrom.value)

  /** The text is read here too, so that what is wrong in it is marked while it is typed. */
  const read = computed<{ readonly command: string; readonly problems: readonly Problem[] }>(() => {
    if (config.value === '') return { command: '', problems: [] }
    try {
      hostPortsOf(form.provider, config.value)
      return { command: clusterCommand(form.provider, form.name.trim(), config.value), problems: [] }
    } catch (error) {
      return { command: '', problems: [toProblem(error)] }
    }
  })

  watch(
    () => ({ ...form }),
    (_form, _before, onCleanup) => {
      const asking = new AbortController()
      const timer = setTimeout(() => void ask(asking.signal), preview.value ? REST : 0)
      onCleanup(() => {
        clearTimeout(timer)
        asking.abort()
      })
    },
    { immediate: true },
  )
  // A configuration of one tool means nothing to the other.
  watch(
    () => form.provider,
    () => {
      own.value = undefined
      checks.value = undefined
    },
  )

  async function ask(signal: AbortSignal): Promise<void> {
    try {
      const planned = await api.previewCluster(readOptions(form), signal)
      if (signal.aborted) return
      preview.value = planned
      problem.value = undefined
    } catch (error) {
      if (signal.aborted) return
      problem.value =
        error instanceof RangeError ? { code: 'bad-input', message: error.message } : toProblem(error)
    }
  }

  const checks = shallowRef<readonly PreflightCheck[]>()
  const checksProblem = shallowRef<Problem>()
  const isChecking = ref(false)
  let checking = new AbortController()
  async function check(): Promise<void> {
    checking.abort()
    const mine = new AbortController()
    checking = mine
    isChecking.value = true
    try {
      const { provider, name } = form
      const found = await api.checkMachine({ provider, name: name.trim(), config: config.value }, mine.signal)
      if (mine.signal.aborted) return
      checks.value = found
      checksProblem.value = undefined
    } catch (error) {
      if (!mine.signal.aborted) checksProblem.value = toProblem(error)
    } finally {
      if (checking === mine) isChecking.value = false
    }
  }
  watch([config, () => form.name], (_now, _before, onCleanup) => {
    if (config.value === '') return
    const timer = setTimeout(() => void check(), REST)
    onCleanup(() => clearTimeout(timer))
  })
  onScopeDispose(() => checking.abort())

  return {
    form,
    change: part => void Object.assign(form, part),
    preview,
    problem,
    config,
    command: computed(() => read.value.command),
    configProblems: computed(() => read.value.problems),
    edit(text) {
      if (own.value === undefined) editedFrom.value = preview.value?.config ?? ''
      own.value = text === preview.value?.config ? undefined : text
    },
    isEdited,
    takeForm: () => (own.value = undefined),
    checks,
    checksProblem,
    isChecking,
    check,
  }
}
