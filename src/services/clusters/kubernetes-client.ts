import type { Host } from '../host.ts'

/** One request to an API server. `path` begins with `/`; `query` values that are undefined are left out. */
export interface KubernetesRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: string
  /** Default `application/json`. */
  readonly contentType?: string
  /** Default `application/json`. */
  readonly accept?: string
  readonly signal?: AbortSignal
  /** Called by `readLines` when the server has begun a 2xx answer, which for a watch can be long before its first line. */
  readonly onOpen?: () => void
  /** Called with the bytes of the answer's body once it was read whole. */
  readonly onSize?: (bytes: number) => void
  /** Of the body of a whole answer; a larger one is a problem `too-large`. Default: 64 MB. */
  readonly maxBodyBytes?: number
  /** Of `readLines`. Default: a line of more than 16 MB is a problem `too-large`. */
  readonly lineLimit?: { readonly maxLength: number; readonly isCut: boolean }
}

export interface KubernetesResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Talks to one API server as one user, over few connections. Knows nothing of objects. */
export interface KubernetesClient {
  /** Any answer of the server, errors too. Throws a ProblemError `unreachable` where there is no answer, `unauthorized` after a 401 that a fresh credential did not heal, `restricted` where a command is not approved. */
  request(request: KubernetesRequest): Promise<KubernetesResponse>
  /** A 2xx answer parsed as JSON; any other becomes a ProblemError made from the server's Status. */
  readJson(request: KubernetesRequest): Promise<unknown>
  /** The lines of an answer as they come (watch, logs); ends when the server ends it, throws as `readJson` does. */
  readLines(request: KubernetesRequest): AsyncIterable<string>
}

/** Gives the client of a context by name; connections are shared and healed behind it. */
export interface Clusters {
  client(context: string): KubernetesClient
}

/** How a program such as istioctl reaches a context. */
export interface ProgramAccess {
  /** The user's environment with the KUBECONFIG that has the context. */
  readonly env: Host['env']
  /** The context's name in that kubeconfig. */
  readonly context: string
}

/** Contexts for work that needs requests and programs. */
export interface ClusterAccess extends Clusters {
  /** Throws `restricted` where the context's kubeconfig runs a command that the user has not approved: the program would run it. */
  programAccess(context: string): Promise<ProgramAccess>
  /** Reads the kubeconfig files now, for work that has just changed one. */
  reread(): Promise<void>
}
