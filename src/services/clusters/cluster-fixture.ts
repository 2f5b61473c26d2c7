import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import {
  createServer as createHttp,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProblemError, type Problem } from '../../domain/problem.ts'
import { makeCertificate } from '../../playground/api/certificate.ts'
import type { Host } from '../host.ts'
import { openClusters, type ClustersBackend } from './clusters.ts'

const { ca, certificate, key } = await makeCertificate(Date.now())

/** Of the fixture's own authority, for `certificate-authority-data`. */
export const authorityData = Buffer.from(ca).toString('base64')

export interface SeenRequest {
  readonly method: string
  readonly url: string
  /** All values of each header that says who asks, in the order in which they came. */
  readonly identity: Readonly<Record<string, readonly string[]>>
  readonly body: string
}

export interface TestServer {
  readonly url: string
  readonly port: number
  readonly seen: SeenRequest[]
}

/** Servers and contexts of one test; everything ends with `close`. */
export interface ClusterFixture {
  readonly folder: string
  /** A server over TLS, or plain http, that remembers who asked. Answers /version unless it is given its answers. */
  serve(options?: { readonly isPlain?: boolean; readonly answer?: RequestListener }): Promise<TestServer>
  /** The backend on a kubeconfig with the context `c` of this cluster and this user, in YAML flow. */
  open(kubeconfig: string | Buffer, env?: Host['env']): Promise<ClustersBackend>
  close(): Promise<void>
}

export async function createClusterFixture(): Promise<ClusterFixture> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'clusters-')))
  const closing: (() => unknown)[] = []

  return {
    folder,
    async serve({ isPlain = false, answer } = {}) {
      const seen: SeenRequest[] = []
      const listener: RequestListener = (request, response) => {
        let body = ''
        request.setEncoding('utf8').on('data', (text: string) => (body += text))
        request.on('end', () => {
          seen.push({
            method: request.method ?? '',
            url: request.url ?? '',
            identity: identityOf(request),
            body,
          })
          if (answer) {
            answer(request, response)
            return
          }
          response.writeHead(200, { 'content-type': 'application/json' })
          response.end('{"gitVersion":"v1.2.3"}')
        })
      }
      const server: Server = isPlain
        ? createHttp(listener)
        : createHttps({ cert: certificate, key }, listener)
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      closing.push(() => {
        server.close()
        server.closeAllConnections()
      })
      const { port } = server.address() as AddressInfo
      return { port, url: `${isPlain ? 'http' : 'https'}://127.0.0.1:${port}`, seen }
    },
    async open(kubeconfig, env = {}) {
      const path = join(folder, 'config')
      await writeFile(path, kubeconfig)
      const clusters = openClusters({
        host: {
          dataFolder: join(folder, 'data'),
          now: Date.now,
          env: { PATH: process.env['PATH'], ...env, KUBECONFIG: path },
        },
        playground: { start: () => Promise.reject(new Error('not here')) },
      })
      closing.push(() => clusters.stop())
      return clusters
    },
    async close() {
      for (const close of closing.splice(0).reverse()) await close()
      await rm(folder, { recursive: true })
    },
  }
}

/** A kubeconfig with one context, `c`, of a cluster and a user written in YAML flow. */
export const kubeconfigOf = (cluster: string, user: string): string => `
contexts: [{name: c, context: {cluster: k, user: u}}]
current-context: c
clusters: [{name: k, cluster: {${cluster}}}]
users: [{name: u, user: {${user}}}]
`

/** The cluster of a test server, verified by the fixture's authority. */
export const clusterOf = ({ url }: TestServer): string =>
  `server: '${url}', certificate-authority-data: ${authorityData}`

/** The problem of work that has to fail. */
export async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const error: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (error instanceof ProblemError) return error.problem
  throw new Error('It did not fail with a problem', { cause: error })
}

function identityOf({ rawHeaders }: IncomingMessage): Record<string, string[]> {
  const identity: Record<string, string[]> = {}
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
    if (/^(authorization$|impersonate-)/.test(name)) (identity[name] ??= []).push(rawHeaders[index + 1] ?? '')
  }
  return identity
}
