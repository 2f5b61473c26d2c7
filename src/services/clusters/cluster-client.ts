import { createHash } from 'node:crypto'
import { ProblemError } from '../../domain/problem.ts'
import type { CredentialCommand } from '../../shared/contract/contexts.ts'
import type { Host } from '../host.ts'
import type { Approvals } from './approvals.ts'
import { connectionProblem } from './connection-problem.ts'
import { listConsents } from './consent.ts'
import { createCredentials, type Credentials, type ExecCache } from './credentials.ts'
import type { Endpoint } from './dial.ts'
import type { ClusterDefinition } from './kubeconfig.ts'
import type { KubernetesClient, KubernetesRequest, KubernetesResponse } from './kubernetes-client.ts'
import type { OidcTokens } from './oidc-tokens.ts'
import { findProxy } from './proxy.ts'
import { serverUrl, isEncrypted } from './server-url.ts'
import { statusProblem } from './status-problem.ts'
import { parseJson, readErrorText, readText, splitLines } from './response-body.ts'
import { upgradeConnection, type UpgradeRequest, type Upgraded } from './upgrade-connection.ts'
import { validateDefinition } from './validate-definition.ts'
import { openTransport, type Transport, type TransportResponse } from './transport.ts'

/** The client of one context as its kubeconfig was when it was made. */
export interface ClusterClient extends KubernetesClient {
  /** What the user has to consent to before anything is sent; undefined where nothing is open. */
  findMissingConsent(): Promise<CredentialCommand | undefined>
  /**
   * A connection of its own whose protocol the server has changed to what the headers ask for. An answer that is not
   * `101 Switching Protocols` becomes a ProblemError.
   */
  upgrade(request: UpgradeRequest): Promise<Upgraded>
  /** Called when a connection that was up is gone. Returns what stops the calls. */
  onLost(listener: () => void): () => void
  /** Cuts all connections; later requests dial anew. */
  reset(): void
  /** Cuts all connections, also those that are being opened, for good: later requests fail. */
  close(): void
}

const never = new AbortController().signal

export function createClusterClient(
  definition: ClusterDefinition,
  seams: {
    readonly env: Host['env']
    readonly now: () => number
    readonly approvals: Approvals
    readonly execCache: ExecCache
    readonly oidc: OidcTokens
    /** Aborts when the app stops. */
    readonly stopped?: AbortSignal
  },
): ClusterClient {
  const { cluster, user } = definition
  const credentials = createCredentials(definition, { ...seams, assertConsent, assertApproved })
  const listeners = new Set<() => void>()
  let current: { readonly key: string; readonly transport: Transport } | undefined
  const closing = new AbortController()

  const isApproved = ({ fingerprint }: CredentialCommand): Promise<boolean> =>
    seams.approvals.has(user.name, fingerprint)

  /** Asked again each time: programs and links may have been put elsewhere since. */
  async function findMissingConsent(): Promise<CredentialCommand | undefined> {
    // What cannot be used is said to be wrong; there is nothing to consent to.
    if (validateDefinition(definition)) return undefined
    for (const consent of await listConsents(definition, seams.env))
      if (!(await isApproved(consent))) return consent
    return undefined
  }

  async function assertConsent(): Promise<void> {
    const missing = await findMissingConsent()
    if (missing) throw restricted(missing)
  }

  async function assertApproved(consent: CredentialCommand): Promise<void> {
    if (!(await isApproved(consent))) throw restricted(consent)
  }

  /** The server's address, where kubectl would use the context too. */
  function findServer(): URL {
    const problem = validateDefinition(definition)
    if (problem) throw new ProblemError(problem)
    return serverUrl(cluster)
  }

  function endpointOf(server: URL, { authority, certificate, key }: Credentials): Endpoint {
    const proxy = cluster.proxyUrl === undefined ? findProxy(server, seams.env) : new URL(cluster.proxyUrl)
    return {
      server,
      isInsecure: cluster.isInsecure,
      ...(proxy === undefined ? {} : { proxy }),
      ...(authority === undefined ? {} : { authority }),
      ...(certificate === undefined ? {} : { certificate }),
      ...(key === undefined ? {} : { key }),
      ...(cluster.tlsServerName === undefined ? {} : { serverName: cluster.tlsServerName }),
    }
  }

  /** One transport for as long as certificates and authority stay the same. */
  function transportFor(server: URL, read: Credentials): Transport {
    const { authority, certificate, key } = read
    const identity = createHash('sha256')
      .update(JSON.stringify([authority, certificate, key]))
      .digest('hex')
    // What waited for credentials meanwhile must not open a connection that nobody would close.
    if (closing.signal.aborted) throw givenUp()
    if (current?.key === identity) return current.transport
    current?.transport.close(givenUp('The credentials have changed'))
    const transport = openTransport(endpointOf(server, read))
    transport.onLost(() => {
      if (current?.transport === transport) for (const listener of [...listeners]) listener()
    })
    current = { key: identity, transport }
    return transport
  }

  async function sendOnce(request: KubernetesRequest): Promise<TransportResponse> {
    const signal = request.signal ?? never
    const server = findServer()
    const read = await credentials.read(signal)
    return transportFor(server, read).send({
      method: request.method ?? 'GET',
      path: pathOf(server, request),
      headers: {
        accept: request.accept ?? 'application/json',
        'user-agent': 'mesh-workbench',
        ...read.headers,
        ...(request.body === undefined
          ? {}
          : {
              'content-type': request.contentType ?? 'application/json',
              'content-length': String(Buffer.byteLength(request.body)),
            }),
      },
      signal,
      isResumable: request.query?.['watch'] === true,
      ...(request.body === undefined ? {} : { body: request.body }),
    })
  }

  /** An answer, after a 401 once more with fresh credentials. */
  async function send(request: KubernetesRequest): Promise<TransportResponse> {
    const response = await sendOnce(request)
    if (response.status !== 401) return response
    const body = await readErrorText(response.body)
    if (!credentials.renew()) throw unauthorized(body)
    const again = await sendOnce(request)
    if (again.status !== 401) return again
    throw unauthorized(await readErrorText(again.body))
  }

  async function upgrade(asked: UpgradeRequest, isRetried = false): Promise<Upgraded> {
    const server = findServer()
    const read = await credentials.read(asked.signal)
    const answer = await upgradeConnection(endpointOf(server, read), {
      ...asked,
      signal: AbortSignal.any([asked.signal, closing.signal]),
      path: pathOf(server, asked),
      headers: { 'user-agent': 'mesh-workbench', ...read.headers, ...asked.headers },
    })
    if ('socket' in answer) return answer
    if (answer.status !== 401) throw new ProblemError(statusProblem(answer.status, answer.body))
    if (isRetried || !credentials.renew()) throw unauthorized(answer.body)
    return upgrade(asked, true)
  }

  const unauthorized = (body: string): ProblemError => {
    const { message, hint = '', raw } = statusProblem(401, body)
    return new ProblemError({
      code: 'unauthorized',
      message: `The API server does not know the user ${user.name}: ${message}`,
      hint: isEncrypted(cluster) ? hint : UNENCRYPTED_HINT,
      ...(raw === undefined ? {} : { raw }),
    })
  }

  /** Errors of the network become problems that say what failed. */
  async function guard<T>(request: { readonly signal?: AbortSignal }, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (request.signal?.aborted) throw cancelled()
      throw new ProblemError(connectionProblem(error, cluster.server), { cause: error })
    }
  }

  async function request(input: KubernetesRequest): Promise<KubernetesResponse> {
    const ask = async (): Promise<KubernetesResponse> => {
      const { status, headers, body } = await send(input)
      const isWhole = status >= 200 && status <= 299
      const text = await (isWhole ? readText(body, input.maxBodyBytes) : readErrorText(body))
      input.onSize?.(Buffer.byteLength(text))
      return { status, headers, body: text }
    }
    return guard(input, async () => {
      try {
        return await ask()
      } catch (error) {
        // A server may close a connection at any time; asked again, on another one, it answers.
        if (input.signal?.aborted || !isRepeatable(input) || !isLost(error)) throw error
        return ask()
      }
    })
  }

  return {
    findMissingConsent,
    request,
    upgrade: asked => guard(asked, () => upgrade(asked)),
    async readJson(input) {
      const { status, body } = await request(input)
      if (status < 200 || status > 299) throw new ProblemError(statusProblem(status, body))
      return parseJson(body)
    },
    async *readLines(input) {
      const { status, body } = await guard(input, () => send(input))
      if (status < 200 || status > 299)
        throw new ProblemError(statusProblem(status, await guard(input, () => readErrorText(body))))
      input.onOpen?.()
      const lines = splitLines(body, input.lineLimit)
      try {
        for (;;) {
          const next = await guard(input, () => lines.next())
          if (next.done) return
          yield next.value
        }
      } finally {
        body.destroy()
      }
    },
    onLost(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    reset() {
      current?.transport.close(givenUp())
      current = undefined
    },
    close() {
      closing.abort()
      current?.transport.close(givenUp())
      current = undefined
    },
  }
}

const givenUp = (why = 'The connection was given up'): Error =>
  Object.assign(new Error(why), { code: 'ECONNRESET' })

/** What changes nothing may be asked twice. Sources: RFC 9110, section 9.2.2; Kubernetes API concepts, "Dry-run". */
const isRepeatable = ({ method = 'GET', query }: KubernetesRequest): boolean =>
  method === 'GET' || query?.['dryRun'] === 'All'

/** The last one: an answer over HTTP/2 whose stream ended before its body. */
const LOST: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'])

/** A connection that was there and went away under a request, not one that could not be made. */
function isLost(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return LOST.has(code) || code.startsWith('ERR_HTTP2_')
}

const UNENCRYPTED_HINT =
  'The server address is http://, so no token, password or certificate was sent, as kubectl does it: use an https:// address.'

/** The problem of a request that was not sent because the user has not consented. */
const restricted = ({ command, args }: CredentialCommand): ProblemError =>
  new ProblemError({
    code: 'restricted',
    message: `The context needs your consent first: ${[command, ...args].join(' ')}`,
    hint: 'Look at the command and approve it where the context is chosen.',
  })

const cancelled = (): ProblemError =>
  new ProblemError({ code: 'cancelled', message: 'The request was cancelled' })

function pathOf(server: URL, { path, query = {} }: Pick<KubernetesRequest, 'path' | 'query'>): string {
  const [plain = '', ...given] = path.split('?')
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  )
  const search = [...given, ...pairs].join('&')
  return server.pathname.replace(/\/$/, '') + plain + (search === '' ? '' : `?${search}`)
}
