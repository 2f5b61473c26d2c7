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

/** Somebody else at the API server of the app's playground, as kubectl would be. Gives the status and the object. */
export async function asColleague(
  app: App,
  { path, method = 'GET', patch }: ColleagueRequest,
): Promise<{ readonly status: number; readonly object: Record<string, unknown> }> {
  const text = await readFile(join(app.dataFolder, 'playground', 'kubeconfig'), 'utf8')
  const { clusters, users } = parse(text) as Kubeconfig
  const [{ cluster } = { cluster: { server: '', 'certificate-authority-data': '' } }] = clusters
  return new Promise((resolve, reject) => {
    const sent = request(
      `${cluster.server}${path}`,
      {
        method: patch === undefined ? method : 'PATCH',
        ca: Buffer.from(cluster['certificate-authority-data'], 'base64'),
        headers: {
          authorization: `Bearer ${users[0]?.user.token ?? ''}`,
          'content-type': 'application/merge-patch+json',
          'user-agent': 'colleague',
        },
      },
      answer => {
        let body = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => (body += chunk))
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, object: JSON.parse(body) as Record<string, unknown> }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(patch === undefined ? undefined : JSON.stringify(patch))
  })
}
