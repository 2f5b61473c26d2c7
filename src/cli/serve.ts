import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ProblemError } from '../domain/problem.ts'
import type { Command } from './command.ts'
import { dataFolder, pageFolder, resourcesFolder } from './folders.ts'
import { onEnter } from './foreground.ts'
import { untilInterrupted } from './interrupted.ts'
import { openBrowser, openSecretAddress } from './open-browser.ts'
import { readPort } from './port-option.ts'
import { stopInTime } from './stop-in-time.ts'

export const serve: Command = {
  name: 'serve',
  usage: 'serve [--port N] [--open] [--folder DIR]…',
  summary: 'Serves the window to a browser on this machine.',
  details: [
    '  --port N       the port on 127.0.0.1; without it a free one is taken',
    '  --open         opens the address in the browser',
    '  --folder DIR   a folder whose files the window may read and write; may be repeated;',
    '                 without it the current folder',
    '',
    'The first line it prints is the address with a one-time code, which works once and for 15 minutes.',
    'Press Enter for a new one. It ends with Ctrl+C.',
  ],
  options: {
    port: { type: 'string' },
    open: { type: 'boolean' },
    folder: { type: 'string', multiple: true },
  },
  async run(values) {
    const port = readPort(values['port'])
    const folders = await readFolders(values['folder'])
    // Loaded only for this command: `--help` and the others answer at once.
    const [{ createBackend }, { createSessions, startServer }, { openDataFolder }] = await Promise.all([
      import('../services/backend.ts'),
      import('../server/index.ts'),
      import('../services/storage/open-data-folder.ts'),
    ])
    const data = await openDataFolder(dataFolder(), 'web shell')
    const now = (): number => Date.now()
    const sessions = createSessions({ now })
    const backend = createBackend({
      dataFolder: dataFolder(),
      resourcesFolder,
      env: process.env,
      folders,
      openExternal: openBrowser,
      openWindow: () => Promise.resolve({ code: sessions.issueCode() }),
      now,
      storageReports: data.reports,
    })
    const server = await startServer({
      handlers: backend.handlers,
      sessions,
      pageFolder,
      ...(port === undefined ? {} : { port }),
    })
    data.lock.tellAddress(server.origin)
    const print = (): void => console.log(`Mesh Workbench: ${server.makeAddress()}`)
    // Before the address is printed: who reads it may end the program at once.
    const interrupted = untilInterrupted()
    print()
    const ignoreEnter = onEnter(print)
    const removeRedirect =
      values['open'] === true
        ? await openSecretAddress(server.makeAddress()).catch((error: unknown) => {
            const reason = error instanceof Error ? error.message : String(error)
            console.error(`No browser was opened (${reason}): open the address by hand`)
          })
        : undefined
    await interrupted
    ignoreEnter()
    return await stopInTime(async () => {
      await server.stop()
      await Promise.all([backend.stop(), removeRedirect?.()])
      data.close()
    })
  },
}

async function readFolders(value: unknown): Promise<readonly string[]> {
  const named = Array.isArray(value) ? value.map(String) : ['.']
  return await Promise.all(
    named.map(async name => {
      const folder = resolve(name)
      const found = await stat(folder).catch(() => undefined)
      if (found?.isDirectory()) return folder
      throw new ProblemError({
        code: 'bad-input',
        message: `--folder ${name}: there is no such folder`,
      })
    }),
  )
}
