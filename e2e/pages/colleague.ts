import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { App } from '../shell.ts'

interface Kubeconfig {
  readonly clusters: readonly { cluster: { server: string; 'certificate-authority-data': string } }[]
  readonly users: readonly { user: { token: string } }[]
}

export interface ColleagueRequest {
  readonly path: string
  readonly method?: string
  readonly patch?: unknown
}

export interface PlaygroundCall {
  readonly path: string
  readonly method?: string
  readonly body?: string
  readonly contentType?: string
}

/** One request to the API server of the app's playground, with the rights of its kubeconfig. */
export async function callPlayground(
  app: App,
  { path, method = 'GET', body, contentType = 'application/json' }: PlaygroundCall,
): Promise<{ readonly status: number; readonly text: string }> {
  const kubeconfig = await readFile(join(app.dataFolder, 'playground', 'kubeconfig'), 'utf8')
  const { clusters, users } = parse(kubeconfig) as Kubeconfig
  const [{ cluster } = { cluster: { server: '', 'certificate-authority-data': '' } }] = clusters
  return new Promise((resolve, reject) => {
    const sent = request(
      `${cluster.server}${path}`,
      {
        method,
        ca: Buffer.from(cluster['certificate-authority-data'], 'base64'),
        headers: {
          authorization: `Bearer ${users[0]?.user.token ?? ''}`,
          'content-type': contentType,
          'user-agent': 'colleague',
        },
      },
      answer => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => (text += chunk))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Somebody else at the API server of the app's playground, as kubectl would be. Gives the status and the object. */
export async function asColleague(
  app: App,
  { path, method = 'GET', patch }: ColleagueRequest,
): Promise<{ readonly status: number; readonly object: Record<string, unknown> }> {
  const { status, text } = await callPlayground(app, {
    path,
    method: patch === undefined ? method : 'PATCH',
    contentType: 'application/merge-patch+json',
    ...(patch === undefined ? {} : { body: JSON.stringify(patch) }),
  })
  return { status, object: JSON.parse(text) as Record<string, unknown> }
}
