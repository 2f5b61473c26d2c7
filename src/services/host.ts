/** What the shell around the backend gives it. The only thing that differs between Electron, the web shell and tests. */
export interface Host {
  /** Where settings, drafts, the journal and the playground's state are kept. */
  readonly dataFolder: string
  /** The folder `resources` of the installation. */
  readonly resourcesFolder: string
  /** Environment of the user's shell: KUBECONFIG, HOME, PATH, HTTPS_PROXY. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Asks for a file or folder with the system's dialog; absent where the shell has none. Null when the user cancels. */
  readonly pickPath?: (kind: 'file' | 'folder' | 'program') => Promise<string | null>
  /** Opens an http(s) address in the user's browser. */
  readonly openExternal: (url: string) => Promise<void>
  readonly now: () => number
}
