import type { StorageReports } from './storage/storage-reports.ts'

/** What the shell around the backend gives it. The only thing that differs between Electron, the web shell and tests. */
export interface Host {
  /** Where settings, drafts, the journal and the playground's state are kept. */
  readonly dataFolder: string
  /** The folder `resources` of the installation. */
  readonly resourcesFolder: string
  /** Environment of the user's shell: KUBECONFIG, HOME, PATH, HTTPS_PROXY. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The only folders whose files the window may read and write; absent where the user grants them by `pickPath`. */
  readonly folders?: readonly string[]
  /** Opens another window, or gives the one-time code with which a page opens another tab. */
  readonly openWindow?: () => Promise<{ readonly code?: string }>
  /** Asks for a file or folder with the system's dialog; absent where the shell has none. Null when the user cancels. */
  readonly pickPath?: (kind: 'file' | 'folder' | 'program') => Promise<string | null>
  /** Opens an http(s) address in the user's browser. */
  readonly openExternal: (url: string) => Promise<void>
  readonly now: () => number
  /** What the shell found when it took the data folder; the window shows it. */
  readonly storageReports?: StorageReports
}
