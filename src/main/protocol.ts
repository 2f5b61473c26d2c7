import { readFile } from 'node:fs/promises'
import { join, normalize, sep } from 'node:path'
import { protocol } from 'electron'
import { CONTENT_SECURITY_POLICY } from '../shared/content-security-policy.ts'
import { mediaTypeOf } from '../shared/media-types.ts'
import { readRequestPath } from '../shared/read-request-path.ts'

export const ORIGIN = 'app://workbench'

/** Must be called before the app is ready. `file://` would need unsafe switches for modules and workers. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
}

/** Serves the files of the built page, and nothing else, at `app://workbench/`. */
export function servePage(folder: string): void {
  protocol.handle('app', async request => {
    const { host, pathname } = new URL(request.url)
    const asked = readRequestPath(pathname)
    if (asked === undefined) return new Response('Bad request', { status: 400 })
    const path = normalize(join(folder, asked === '/' ? 'index.html' : asked))
    const type = mediaTypeOf(path)
    if (host !== 'workbench' || !path.startsWith(folder + sep) || type === undefined)
      return new Response('Not found', { status: 404 })
    try {
      const body = await readFile(path)
      return new Response(new Uint8Array(body), {
        headers: {
          'content-type': type,
          'content-security-policy': CONTENT_SECURITY_POLICY,
          'x-content-type-options': 'nosniff',
        },
      })
    } catch {
      return new Response('Not found', { status: 404 })
    }
  })
}
