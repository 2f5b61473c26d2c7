import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Opens an address in the user's browser. Rejects with the reason where there is none. */
export function openBrowser(url: string, platform = process.platform): Promise<void> {
  const [command, args]: [string, string[]] =
    platform === 'darwin'
      ? ['open', [url]]
      : platform === 'win32'
        ? ['rundll32', ['url.dll,FileProtocolHandler', url]]
        : ['xdg-open', [url]]
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'ignore', detached: true })
    child.once('error', reject)
    child.once('spawn', () => {
      child.unref()
      resolve()
    })
  })
}

/** Long enough for a browser that has to start first. */
const REDIRECT_TTL_MS = 60_000

/**
 * Opens an address that holds a secret. Arguments of programs can be read by every user of the machine: the browser is
 * given a file that only its owner can read, and that leads to the address. Returns what removes the file; after a
 * minute it is removed anyway.
 */
export async function openSecretAddress(
  address: string,
  open: (url: string) => Promise<void> = openBrowser,
): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-workbench-open-'))
  const remove = async (): Promise<void> => {
    clearTimeout(timer)
    await rm(folder, { recursive: true, force: true })
  }
  const timer = setTimeout(() => void remove(), REDIRECT_TTL_MS)
  timer.unref()
  try {
    const file = join(folder, 'open.html')
    await writeFile(file, redirectPage(address), { mode: 0o600, flag: 'wx' })
    await open(pathToFileURL(file).href)
    return remove
  } catch (error) {
    await remove()
    throw error
  }
}

const redirectPage = (address: string): string =>
  `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">` +
  `<title>Mesh Workbench</title><meta http-equiv="refresh" content="0;url=${address}">`
