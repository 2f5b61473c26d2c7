/** Set by electron.vite.config.ts. */
interface ImportMetaEnv {
  /** The app's version, as package.json says it. */
  readonly VITE_APP_VERSION: string
}
