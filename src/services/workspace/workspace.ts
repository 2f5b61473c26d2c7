import { join } from 'node:path'
import { ProblemError } from '../../domain/problem.ts'
import type { Backend } from '../../shared/contract.ts'
import type { Host } from '../host.ts'
import type { StorageReports } from '../storage/storage-reports.ts'
import { createDrafts } from './drafts.ts'
import { createFiles } from './files.ts'
import { resolvePath, type Grants } from './grants.ts'
import { createSettings, settingsPath } from './settings.ts'
import { shareDrafts } from './shared-drafts.ts'
import { watchFolder } from './watch-folder.ts'

type WorkspaceMethods = Pick<
  Backend,
  | 'readSettings'
  | 'writeSettings'
  | 'listDrafts'
  | 'saveDraft'
  | 'discardDraft'
  | 'watchDrafts'
  | 'pickPath'
  | 'hasPathPicker'
  | 'readFile'
  | 'writeFile'
  | 'watchFolder'
  | 'openExternal'
  | 'watchStorage'
>

/** Settings, drafts, and the user's files and folders. */
export function createWorkspace({
  host,
  grants,
  reports,
}: {
  host: Host
  grants: Grants
  reports: StorageReports
}): WorkspaceMethods {
  const { dataFolder, now, pickPath, openExternal } = host
  return {
    ...createSettings(settingsPath(dataFolder), reports.report),
    ...shareDrafts(createDrafts({ folder: join(dataFolder, 'drafts'), now, onDamaged: reports.report })),
    ...createFiles(grants),
    watchStorage: (_input, signal) => reports.watch(signal),
    async *watchFolder({ path }, signal) {
      yield* watchFolder(resolvePath(path), await grants.resolveToRead(path), signal)
    },
    async pickPath({ kind }) {
      const path = pickPath ? await pickPath(kind) : null
      if (path !== null) await grants.add(path, kind)
      return path
    },
    hasPathPicker: () => Promise.resolve(pickPath !== undefined),
    async openExternal({ url }) {
      // Addresses come from objects of a cluster: anything but a web page could start a program.
      if (!/^https?:\/\//i.test(url))
        throw new ProblemError({ code: 'bad-input', message: `${url} is not a web address`, at: 'url' })
      await openExternal(url)
    },
  }
}
