import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join, normalize, sep } from 'node:path'
import { CONTENT_SECURITY_POLICY } from '../shared/content-security-policy.ts'
import { mediaTypeOf } from '../shared/media-types.ts'

/** Answers with a file of the built page, or 404. */
export async function sendFile(folder: string, pathname: string, response: ServerResponse): Promise<void> {
  const path = normalize(join(folder, pathname === '/' ? 'index.html' : pathname))
  const type = mediaTypeOf(path)
  if (!path.startsWith(folder + sep) || type === undefined) {
    response.writeHead(404).end('Not found')
    return
  }
  let body: Buffer
  try {
    body = await readFile(path)
  } catch {
    response.writeHead(404).end('Not found')
    return
  }
  response
    .writeHead(200, {
      'content-type': type,
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      // Anybody on this machine may read these files, but no other site may show them as its own.
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      // Names of built files change with their content; the page itself must be asked for again.
      'cache-control': pathname.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-store',
    })
    .end(body)
}
