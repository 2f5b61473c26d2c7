import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ProblemError } from '../../domain/problem.ts'
import type { Backend } from '../../shared/contract.ts'
import type { Settings } from '../../shared/contract/workspace.ts'
import { readStoredJson, type OnDamaged } from '../storage/stored-json.ts'
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

/**
 * The mirror for tools as it is set now, whoever set it: a window, or another program of ours. Refuses where the settings
 * were damaged: a download from another place than the chosen one is worse than none.
 */
export async function readMirror(dataFolder: string, onDamaged?: OnDamaged): Promise<string> {
  const stored = await readSettingsFile(settingsPath(dataFolder), onDamaged)
  if (stored.kind === 'damaged')
    throw new ProblemError({
      ...stored.problem,
      hint: `${stored.problem.hint ?? ''} Set the mirror again in Settings, or empty it there.`.trim(),
    })
  return stored.kind === 'read' ? stored.value.settings.mirror : ''
}

const readSettingsFile = (path: string, onDamaged?: OnDamaged) =>
  readStoredJson(path, {
    parse: stored =>
      isRecord(stored) ? { version: stored['version'], settings: readStoredSettings(stored) } : undefined,
    what: 'settings',
    ...(onDamaged === undefined ? {} : { onDamaged }),
  })

export function createSettings(
  path: string,
  onDamaged?: OnDamaged,
): Pick<Backend, 'readSettings' | 'writeSettings'> {
  const inOrder = createQueue()
  return {
    async readSettings() {
      const stored = await readSettingsFile(path, onDamaged)
      if (stored.kind !== 'read') return readStoredSettings({})
      const { version, settings } = stored.value
      // A newer release wrote more than we know and would lose it at our next write.
      if (typeof version === 'number' && version > CURRENT)
        await copyFile(path, `${path}.version-${String(version)}`)
      return settings
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
