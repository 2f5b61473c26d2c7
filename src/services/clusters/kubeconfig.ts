import type { Problem } from '../../domain/problem.ts'

/**
 * A kubeconfig as far as it is used, paths resolved against the folder of the file they stand in.
 * Source: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export interface Kubeconfig {
  readonly currentContext: string
  readonly contexts: ReadonlyMap<string, KubeconfigContext>
  readonly clusters: ReadonlyMap<string, KubeconfigCluster>
  readonly users: ReadonlyMap<string, KubeconfigUser>
  readonly problems: readonly Problem[]
}

export interface KubeconfigContext {
  readonly name: string
  readonly cluster: string
  readonly user: string
  readonly namespace: string
  /** The file that it stands in. */
  readonly source: string
}

export interface KubeconfigCluster {
  readonly name: string
  readonly source: string
  readonly server: string
  readonly tlsServerName?: string
  readonly isInsecure: boolean
  readonly certificateAuthority?: string
  /** Base64, as written. */
  readonly certificateAuthorityData?: string
  readonly proxyUrl?: string
  /** The extension `client.authentication.k8s.io/exec`, handed to exec plugins. */
  readonly execConfig?: unknown
}

export interface KubeconfigUser {
  readonly name: string
  readonly source: string
  readonly clientCertificate?: string
  readonly clientCertificateData?: string
  readonly clientKey?: string
  readonly clientKeyData?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly username?: string
  readonly password?: string
  readonly impersonate?: Impersonation
  readonly authProvider?: AuthProvider
  readonly exec?: ExecPlugin
}

export interface Impersonation {
  /** Empty where only groups, a uid or extra fields are named, which the API server would refuse. */
  readonly user: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
}

/** The older way to sign in; `oidc` is the one that client-go still has. */
export interface AuthProvider {
  readonly name: string
  readonly config: Readonly<Record<string, string>>
}

export interface ExecPlugin {
  readonly apiVersion: string
  /** Absolute where it was written with a path, else a name to be found on PATH. */
  readonly command: string
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly installHint?: string
  /** Empty where it is not written, which only v1beta1 allows. */
  readonly interactiveMode: string
  readonly provideClusterInfo: boolean
}

/** One context with what it names: all that is needed to talk to a cluster. */
export interface ClusterDefinition {
  readonly context: KubeconfigContext
  readonly cluster: KubeconfigCluster
  readonly user: KubeconfigUser
}

/** Merges files in kubectl's order: the first that has a name wins, and so does the first current context. */
export function mergeKubeconfigs(files: readonly Kubeconfig[]): Kubeconfig {
  const first = <T>(pick: (file: Kubeconfig) => ReadonlyMap<string, T>): Map<string, T> => {
    const merged = new Map<string, T>()
    for (const file of files)
      for (const [name, value] of pick(file)) if (!merged.has(name)) merged.set(name, value)
    return merged
  }
  return {
    currentContext: files.find(file => file.currentContext !== '')?.currentContext ?? '',
    contexts: first(file => file.contexts),
    clusters: first(file => file.clusters),
    users: first(file => file.users),
    problems: files.flatMap(file => file.problems),
  }
}

/** The context with its cluster and user; undefined where the kubeconfig lacks the context or its cluster. */
export function findDefinition(kubeconfig: Kubeconfig, name: string): ClusterDefinition | undefined {
  const context = kubeconfig.contexts.get(name)
  const cluster = context && kubeconfig.clusters.get(context.cluster)
  if (!cluster) return undefined
  const user = kubeconfig.users.get(context.user) ?? { name: context.user, source: context.source }
  return { context, cluster, user }
}
