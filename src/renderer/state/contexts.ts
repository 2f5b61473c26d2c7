import { computed, ref, shallowRef, watch } from 'vue'
import type { Problem } from '../../domain/problem.ts'
import type { Api } from '../../shared/contract.ts'
import type { ConnectionState, ContextsSnapshot } from '../../shared/contract/contexts.ts'
import { isBackendOpen } from './backend.ts'
import { follow, type Following } from './follow.ts'
import { changeQuery, NAMESPACES, place, readNamespaces, writeNamespaces, type PlaceInput } from './place.ts'
import { areSettingsRead, changeSettings, settings } from './settings.ts'

const snapshot = shallowRef<ContextsSnapshot>({ contexts: [], problems: [] })
const chosenConnection = shallowRef<ConnectionState>({ kind: 'idle' })

/** A connection as far as this window can know: what was heard of it before the backend fell silent is old. */
const asKnown = (state: ConnectionState): ConnectionState =>
  isBackendOpen.value || state.kind === 'idle' ? state : noBackend
const noBackend: ConnectionState = {
  kind: 'unreachable',
  retryAt: 0,
  problem: { code: 'unreachable', message: 'Mesh Workbench does not respond' },
}

/** Every context of the kubeconfig files and the playground. */
export const contexts = computed<ContextsSnapshot>(() => ({
  ...snapshot.value,
  contexts: snapshot.value.contexts.map(each => ({ ...each, connection: asKnown(each.connection) })),
}))
/** Why the contexts cannot be followed, where they cannot. */
export const contextsProblem = shallowRef<Problem>()
/** The connection of the chosen context. */
export const connection = computed(() => asKnown(chosenConnection.value))

/** The chosen context's name; empty until the contexts are known. */
export const context = computed(() => {
  if (!areSettingsRead.value) return ''
  const { contexts: all } = contexts.value
  const chosen = all.find(({ name }) => name === settings.value.context)
  return (chosen ?? all.find(({ isPlayground }) => isPlayground) ?? all[0])?.name ?? ''
})
export const contextSummary = computed(() =>
  contexts.value.contexts.find(({ name }) => name === context.value),
)
export const isPlayground = computed(() => contextSummary.value?.isPlayground ?? false)
/** The namespaces that were chosen last in a context; empty: all. */
const lastNamespaces = (name: string): readonly string[] => settings.value.namespaces[name] ?? []
const placedNamespaces = computed(() => place.value.query[NAMESPACES])
/** The chosen namespaces, which are part of the address; empty: all. */
export const namespaces = computed<readonly string[]>(
  () => readNamespaces(placedNamespaces.value) ?? lastNamespaces(context.value),
)
/** Whether an object of this namespace is to be shown. */
export const isShown = (namespace: string | undefined): boolean =>
  namespace === undefined || namespaces.value.length === 0 || namespaces.value.includes(namespace)

export function switchContext(name: string): void {
  changeSettings({ context: name })
  changeQuery({ [NAMESPACES]: writeNamespaces(lastNamespaces(name)) })
}

const CONTEXT = 'context'
/** Home of a context: opening the address switches to it. */
export const contextPlace = (name: string): PlaceInput => ({ name: 'home', query: { [CONTEXT]: name } })

/** Switches to the context that the address names, and takes it out of the address. */
function followAddress(): () => void {
  return watch(
    [() => place.value.query[CONTEXT], areSettingsRead, () => contexts.value.contexts.length],
    ([name, areRead]) => {
      if (name === undefined || !areRead || !contexts.value.contexts.some(each => each.name === name)) return
      changeSettings({ context: name })
      changeQuery({ [CONTEXT]: undefined, [NAMESPACES]: writeNamespaces(lastNamespaces(name)) })
    },
    { immediate: true },
  )
}

export function chooseNamespaces(list: readonly string[]): void {
  changeSettings({ namespaces: { ...settings.value.namespaces, [context.value]: [...list] } })
  changeQuery({ [NAMESPACES]: writeNamespaces(list) }, 'push')
}

const isConnectionAskedAgain = ref(0)

/** Gives up the present connection and makes a new one, without waiting. */
export function reconnect(): void {
  isConnectionAskedAgain.value += 1
}

/** Follows the contexts, and the connection of the chosen one. */
export function followContexts(api: Pick<Api, 'watchContexts' | 'watchConnection'>): () => void {
  const all = follow(
    signal => api.watchContexts(undefined, signal),
    next => {
      snapshot.value = next
      contextsProblem.value = undefined
    },
    problem => (contextsProblem.value = problem),
  )
  let following: Following | undefined
  const chosen = watch(
    [context, isConnectionAskedAgain],
    ([name]) => {
      following?.stop()
      following = undefined
      chosenConnection.value = { kind: 'idle' }
      if (name === '') return
      chosenConnection.value = { kind: 'connecting' }
      following = follow(
        signal => api.watchConnection({ context: name }, signal),
        state => (chosenConnection.value = state),
        problem => (chosenConnection.value = { kind: 'unreachable', problem, retryAt: 0 }),
      )
    },
    { immediate: true },
  )
  const stopAddress = followAddress()
  return () => {
    stopAddress()
    all.stop()
    chosen.stop()
    following?.stop()
  }
}
