import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { ProblemError } from '../../domain/problem.ts'
import { DIAL_TIMEOUT_MS, timedOut } from './dial-timeout.ts'
import { openTcp } from './open-tcp.ts'

/** How an https proxy is verified. */
interface Trust {
  /** PEM; absent: the system's authorities. */
  readonly authority?: string
  readonly isInsecure: boolean
}

/** A connection to a host through a proxy: http, https, or SOCKS 5, as Go's http.Transport takes them. */
export function openTunnel(
  proxy: URL,
  host: string,
  port: number,
  trust: Trust,
  signal: AbortSignal,
): Promise<Socket> {
  if (proxy.protocol === 'http:' || proxy.protocol === 'https:')
    return connectByHttp(proxy, host, port, trust, signal)
  // Go hands the host's name to the proxy for both.
  if (proxy.protocol === 'socks5:' || proxy.protocol === 'socks5h:')
    return connectBySocks(proxy, host, port, signal)
  throw new ProblemError({
    code: 'unsupported',
    message: `The proxy ${proxy.protocol}//${proxy.host} is not an http, https or socks5 proxy`,
    hint: 'Correct proxy-url in the kubeconfig, or HTTPS_PROXY.',
  })
}

async function connectBySocks(proxy: URL, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  // Few need it: loaded with the first proxy of this kind.
  const { SocksClient } = await import('socks')
  const { hostname, username, password } = proxy
  const proxyAt = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(proxy.port || 1080) }
  let tcp: Socket | undefined
  const abort = (): void => void tcp?.destroy()
  try {
    // Opened here and not by the library, which goes on until its timeout when nobody waits any more.
    tcp = await openTcp(proxyAt.host, proxyAt.port, signal)
    signal.addEventListener('abort', abort, { once: true })
    const { socket } = await SocksClient.createConnection({
      proxy: {
        ...proxyAt,
        type: 5,
        ...(username === ''
          ? {}
          : { userId: decodeURIComponent(username), password: decodeURIComponent(password) }),
      },
      existing_socket: tcp,
      command: 'connect',
      destination: { host, port },
      timeout: DIAL_TIMEOUT_MS,
    })
    return socket
  } catch (error) {
    tcp?.destroy()
    throw new ProblemError(
      {
        code: 'unreachable',
        message: `The SOCKS proxy ${proxy.host} gave no connection to ${host}:${port}`,
        hint: 'Check proxy-url, HTTPS_PROXY and NO_PROXY, and that the proxy is running.',
        raw: error instanceof Error ? error.message : String(error),
      },
      { cause: error },
    )
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function connectByHttp(
  proxy: URL,
  host: string,
  port: number,
  { authority, isInsecure }: Trust,
  signal: AbortSignal,
): Promise<Socket> {
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  const login = decodeURIComponent(`${proxy.username}:${proxy.password}`)
  const isEncrypted = proxy.protocol === 'https:'
  return new Promise((resolve, reject) => {
    const request = (isEncrypted ? requestHttps : requestHttp)({
      method: 'CONNECT',
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (isEncrypted ? 443 : 80),
      path: target,
      headers: {
        host: target,
        ...(login === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
      },
      timeout: DIAL_TIMEOUT_MS,
      agent: false,
      signal,
      // Go verifies the proxy by the same authority as the server behind it.
      ...(isEncrypted
        ? { rejectUnauthorized: !isInsecure, ...(authority === undefined ? {} : { ca: authority }) }
        : {}),
    })
    request.on('connect', (answer, socket) => {
      if (answer.statusCode === 200) {
        resolve(socket)
        return
      }
      socket.destroy()
      reject(
        new ProblemError({
          code: 'unreachable',
          message: `The proxy ${proxy.host} rejected a tunnel to ${target}: ${String(answer.statusCode)} ${answer.statusMessage ?? ''}`,
          hint: 'Check proxy-url, HTTPS_PROXY and NO_PROXY.',
        }),
      )
    })
    request.on('response', answer => {
      answer.destroy()
      reject(
        new ProblemError({
          code: 'unreachable',
          message: `${proxy.host} answered ${String(answer.statusCode)} and opened no tunnel to ${target}`,
          hint: 'Is it a proxy? Check proxy-url, HTTPS_PROXY and NO_PROXY.',
        }),
      )
    })
    request.on('timeout', () => request.destroy(timedOut(`connecting to the proxy ${proxy.host}`)))
    request.on('error', reject)
    request.end()
  })
}
