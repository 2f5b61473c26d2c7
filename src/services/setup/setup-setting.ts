import type { Host } from '../host.ts'
import type { Tools } from '../tools/tools.ts'

/** What the set-up works with. */
export interface SetupSetting {
  readonly tools: Tools
  readonly env: Host['env']
  /** The app's folder: backups of kubeconfigs and downloads are under it. */
  readonly folder: string
  /** The folder with the app's own manifests. */
  readonly manifests: string
  readonly now: () => number
}
