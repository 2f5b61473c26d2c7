import { join } from 'node:path'
import { app, BrowserWindow, dialog, shell } from 'electron'
import { createBackend } from '../services/backend.ts'
import { contract } from '../shared/contract.ts'
import { serve } from '../shared/rpc/serve.ts'
import { loginEnvironment } from './login-environment.ts'
import { setMenu } from './menu.ts'
import { windowPort } from './port.ts'
import { ORIGIN, registerPageScheme, servePage } from './protocol.ts'
import { openWindow } from './window.ts'

const OUT = join(import.meta.dirname, '..')
const RESOURCES = join(OUT, '..', 'resources')

async function start(): Promise<void> {
  // The window first: the backend is ready before the page has loaded enough to ask.
  await app.whenReady()
  servePage(join(OUT, 'renderer'))
  setMenu()
  const backend = createBackend({
    dataFolder: app.getPath('userData'),
    resourcesFolder: RESOURCES,
    env: await loginEnvironment(),
    pickPath: async kind => {
      const { filePaths } = await dialog.showOpenDialog({
        properties: [kind === 'file' ? 'openFile' : 'openDirectory'],
        ...(kind === 'file' ? { filters: [{ name: 'YAML', extensions: ['yaml', 'yml', 'json'] }] } : {}),
      })
      return filePaths[0] ?? null
    },
    openExternal: url => shell.openExternal(url),
    now: () => Date.now(),
  })

  const open = (): void => {
    const window = openWindow({
      preload: join(OUT, 'preload', 'index.cjs'),
      icon: join(RESOURCES, 'icons', 'icon.png'),
    })
    const stopServing = serve(windowPort(window.webContents, ORIGIN), contract, backend.handlers)
    window.on('closed', stopServing)
  }
  open()

  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) open()
  })
  app.on('second-instance', () => {
    const [window] = BrowserWindow.getAllWindows()
    if (window?.isMinimized()) window.restore()
    window?.focus()
  })
  app.once('will-quit', event => {
    // All windows are closed: what is left is to let go of the clusters and to write what is not written yet.
    event.preventDefault()
    void backend
      .stop()
      .catch((error: unknown) => console.error('The backend did not stop cleanly', error))
      .finally(() => app.exit())
  })
}

app.on('window-all-closed', () => {
  if (process.platform !== 'darwin') app.quit()
})

// Two processes would write the same drafts and journal.
if (app.requestSingleInstanceLock()) {
  registerPageScheme()
  start().catch((error: unknown) => {
    console.error(error)
    dialog.showErrorBox(
      'Mesh Workbench could not start',
      error instanceof Error ? error.message : String(error),
    )
    app.exit(1)
  })
} else {
  app.quit()
}
