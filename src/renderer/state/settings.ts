import { computed, ref, watchEffect, type WritableComputedRef } from 'vue'
import { toProblem } from '../../domain/problem.ts'
import type { Api } from '../../shared/contract.ts'
import type { Settings } from '../../shared/contract/workspace.ts'
import { notify } from './notices.ts'

const WRITE_AFTER = 250

/** The user's preferences; only `changeSettings` writes them. */
export const settings = ref<Settings>({
  theme: 'system',
  context: '',
  namespaces: {},
  panes: {},
  recent: [],
  mirror: '',
})
/** False until the stored ones were read. */
export const areSettingsRead = ref(false)

let write = (): void => {}
let flush = (): Promise<void> => Promise.resolve()

/** Reads the stored settings and keeps them stored; applies the theme to the page. Returns what stops it. */
export async function followSettings(api: Pick<Api, 'readSettings' | 'writeSettings'>): Promise<() => void> {
  const stopTheme = followTheme()
  try {
    settings.value = await api.readSettings()
  } catch (error) {
    notify({ kind: 'warning', message: 'Could not read the settings', problem: toProblem(error) })
  }
  areSettingsRead.value = true
  let timer: ReturnType<typeof setTimeout> | undefined
  const save = async (): Promise<void> => {
    timer = undefined
    const { theme, context, namespaces, panes, recent, mirror } = settings.value
    try {
      await api.writeSettings({
        theme,
        context,
        namespaces: Object.fromEntries(Object.entries(namespaces).map(([name, list]) => [name, [...list]])),
        panes: { ...panes },
        recent: [...recent],
        mirror,
      })
    } catch (error) {
      notify({ kind: 'warning', message: 'Could not write the settings', problem: toProblem(error) })
    }
  }
  let saving = Promise.resolve()
  write = () => {
    timer ??= setTimeout(() => (saving = save()), WRITE_AFTER)
  }
  flush = () => {
    if (timer !== undefined) {
      clearTimeout(timer)
      saving = save()
    }
    return saving
  }
  return () => {
    clearTimeout(timer)
    write = () => {}
    flush = () => Promise.resolve()
    stopTheme()
  }
}

export function changeSettings(change: Partial<Settings>): void {
  settings.value = { ...settings.value, ...change }
  write()
}

/** Resolves when the backend has what the window shows: it reads some of the settings itself. */
export function flushSettings(): Promise<void> {
  return flush()
}

/** Puts a path in front of the recent ones. */
export function rememberRecent(path: string): void {
  changeSettings({ recent: [path, ...settings.value.recent.filter(other => other !== path)].slice(0, 12) })
}

/** The remembered size of a pane. */
export function paneSize(name: string, initial: number): WritableComputedRef<number> {
  return computed({
    get: () => settings.value.panes[name] ?? initial,
    set: size => changeSettings({ panes: { ...settings.value.panes, [name]: Math.round(size) } }),
  })
}

const systemIsLight = ref(false)

/** What is shown: the chosen theme, or the system's. */
export const theme = computed<'light' | 'dark'>(() =>
  settings.value.theme === 'system' ? (systemIsLight.value ? 'light' : 'dark') : settings.value.theme,
)

function followTheme(): () => void {
  const media = window.matchMedia('(prefers-color-scheme: light)')
  const read = (): void => {
    systemIsLight.value = media.matches
  }
  read()
  media.addEventListener('change', read)
  const effect = watchEffect(() => (document.documentElement.dataset['theme'] = theme.value), {
    flush: 'sync',
  })
  return () => {
    media.removeEventListener('change', read)
    effect.stop()
  }
}
