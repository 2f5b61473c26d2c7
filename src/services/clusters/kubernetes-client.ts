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
