import type { Command } from './command.ts'
import { dataFolder, pageFolder, resourcesFolder } from './folders.ts'
import { untilInterrupted } from './interrupted.ts'
import { openBrowser } from './open-browser.ts'
import { readPort } from './port-option.ts'

export const serve: Command = {
  name: 'serve',
  usage: 'serve [--port N] [--open]',
  summary: 'Serves the window to a browser on this machine.',
  details: [
    '  --port N   the port on 127.0.0.1; without it a free one is taken',
    '  --open     opens the address in the browser',
    '',
    'The first line it prints is the address with its token. It ends with Ctrl+C.',
  ],
  options: { port: { type: 'string' }, open: { type: 'boolean' } },
  async run(values) {
    // Loaded only for this command: `--help` and the others answer at once.
    const [{ createBackend }, { startServer }] = await Promise.all([
      import('../services/backend.ts'),
      import('../server/index.ts'),
    ])
    const backend = createBackend({
      dataFolder: dataFolder(),
      resourcesFolder,
      env: process.env,
      openExternal: openBrowser,
      now: () => Date.now(),
    })
    const port = readPort(values['port'])
    const server = await startServer({
      handlers: backend.handlers,
      pageFolder,
      ...(port === undefined ? {} : { port }),
    })
    console.log(`Mesh Workbench: ${server.url}`)
    if (values['open'] === true)
      await openBrowser(server.url).catch((error: unknown) =>
        console.error(
          `No browser was opened (${error instanceof Error ? error.message : String(error)}): open the address by hand`,
        ),
      )
    await untilInterrupted()
    await server.stop()
    await backend.stop()
    return 0
  },
}
