import type { ClusterAccess } from '../clusters/kubernetes-client.ts'
import type { Host } from '../host.ts'
import type { Tools } from './tools/tools.ts'

/** What long work on tools, clusters and meshes works with. */
export interface SetupDependencies {
  readonly tools: Tools
  readonly clusters: ClusterAccess
  readonly env: Host['env']
  /** The app's folder: backups of kubeconfigs and downloads are under it. */
  readonly folder: string
  /** The folder with the app's own manifests. */
  readonly manifests: string
  /** Base address of a mirror for downloads; absent: the projects' own servers. */
  readonly mirror?: () => Promise<string>
  readonly now: () => number
}
