import { copyFile, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Backend } from '../../shared/contract.ts'
import type { Settings } from '../../shared/contract/workspace.ts'
import { diskProblem } from './disk-problem.ts'
import { createQueue } from './queue.ts'
import { writeAtomically } from './write-atomically.ts'

const CURRENT = 1

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter(each => typeof each === 'string') : []

/** Settings of any earlier form, or of none, as today's; what does not fit is the default. */
export function readStoredSettings(stored: unknown): Settings {
  const { theme, context, namespaces, panes, recent, mirror } = isRecord(stored) ? stored : {}
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    context: typeof context === 'string' ? context : '',
    namespaces: Object.fromEntries(
      Object.entries(isRecord(namespaces) ? namespaces : {}).map(([name, list]) => [name, textsOf(list)]),
    ),
    panes: Object.fromEntries(
      Object.entries(isRecord(panes) ? panes : {}).filter(
        (entry): entry is [string, number] => typeof entry[1] === 'number' && Number.isFinite(entry[1]),
      ),
    ),
    recent: textsOf(recent),
    mirror: typeof mirror === 'string' ? mirror : '',
  }
}

/** The file of the settings in the app's data folder. */
export const settingsPath = (dataFolder: string): string => join(dataFolder, 'settings.json')

/** The mirror for tools as it is set now, whoever set it: a window, or another program of ours. */
export const readMirror = async (dataFolder: string): Promise<string> =>
  (await createSettings(settingsPath(dataFolder)).readSettings(undefined, new AbortController().signal))
    .mirror

export function createSettings(path: string): Pick<Backend, 'readSettings' | 'writeSettings'> {
  const inOrder = createQueue()
  return {
    async readSettings() {
      let text: string
      try {
        text = await readFile(path, 'utf8')
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
          return readStoredSettings({})
        throw diskProblem('The settings could not be read', error)
      }
      try {
        const stored: unknown = JSON.parse(text)
        const version = isRecord(stored) ? stored['version'] : undefined
        // A newer release wrote more than we know and would lose it at our next write.
        if (typeof version === 'number' && version > CURRENT)
          await copyFile(path, `${path}.version-${String(version)}`)
        return readStoredSettings(stored)
      } catch (error) {
        console.warn(`The settings in ${path} are damaged and were set aside`, error)
        await rename(path, `${path}.damaged`)
        return readStoredSettings({})
      }
    },
    writeSettings: settings =>
      inOrder('settings', async () => {
        try {
          await writeAtomically(path, JSON.stringify({ version: CURRENT, ...settings }, undefined, 2))
        } catch (error) {
          throw diskProblem('The settings could not be kept', error)
        }
      }),
  }
}
