import { once } from 'node:events'
import { join } from 'node:path'
import { app, BrowserWindow, dialog, shell } from 'electron'
import type { createBackend } from '../services/backend.ts'
import { isDoneWithin, STOP_LIMIT_MS } from '../services/stop-limit.ts'
import { contract } from '../shared/contract.ts'
import { lateHandlers } from '../shared/rpc/late-handlers.ts'
import { serve } from '../shared/rpc/serve.ts'
import { loginEnvironment } from './login-environment.ts'
import { setMenu } from './menu.ts'
import { windowPort } from './port.ts'
import { ORIGIN, registerPageScheme, servePage } from './protocol.ts'
import { openWindow } from './window.ts'

const OUT = join(import.meta.dirname, '..')
const RESOURCES = join(OUT, '..', 'resources')

type RunningBackend = ReturnType<typeof createBackend>

/** Loaded when the window is there: a third of the start would be the time to read this code. */
async function startBackend(openAnother: () => void): Promise<RunningBackend> {
  const [{ createBackend }, { openDataFolder }] = await Promise.all([
    import('../services/backend.ts'),
    import('../services/storage/open-data-folder.ts'),
  ])
  const data = await openDataFolder(app.getPath('userData'), 'desktop app')
  const backend = createBackend({
    dataFolder: app.getPath('userData'),
    storageReports: data.reports,
    resourcesFolder: RESOURCES,
    env: await loginEnvironment(),
    pickPath: async kind => {
      const { filePaths } = await dialog.showOpenDialog({
        properties: [kind === 'folder' ? 'openDirectory' : 'openFile'],
        ...(kind === 'file' ? { filters: [{ name: 'YAML', extensions: ['yaml', 'yml', 'json'] }] } : {}),
      })
      return filePaths[0] ?? null
    },
    openExternal: url => shell.openExternal(url),
    openWindow: () => {
      openAnother()
      return Promise.resolve({})
    },
    now: () => Date.now(),
  })
  return {
    handlers: backend.handlers,
    async stop() {
      await backend.stop()
      data.close()
    },
  }
}

async function start(): Promise<void> {
  await app.whenReady()
  servePage(join(OUT, 'renderer'))
  let tellReady = (_backend: RunningBackend): void => {}
  const ready = new Promise<RunningBackend>(resolve => (tellReady = resolve))
  const handlers = lateHandlers(
    contract,
    ready.then(backend => backend.handlers),
  )

  const open = (): BrowserWindow => {
    const window = openWindow({
      preload: join(OUT, 'preload', 'index.cjs'),
      icon: join(RESOURCES, 'icons', 'icon.png'),
    })
    const stopServing = serve(windowPort(window.webContents, ORIGIN), contract, handlers)
    window.on('closed', stopServing)
    return window
  }
  setMenu({ openWindow: open })
  // The page is served and drawn through this thread, which must not read much code before the page shows.
  await once(open(), 'ready-to-show')
  const backend = await startBackend(open)
  tellReady(backend)

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
    void isDoneWithin(backend.stop(), STOP_LIMIT_MS)
      .then(isDone => {
        if (!isDone) console.error('The backend did not stop in time')
      })
      .catch((error: unknown) => console.error('The backend did not stop cleanly', error))
      .finally(() => app.exit())
  })
}

/** Says why, and where another kind of program has the data folder, how to come to it. */
async function failToStart(error: unknown): Promise<void> {
  const { explainStart, findFolderOwner } = await import('../services/storage/folder-lock.ts')
  const { code, message, hint } = explainStart(error)
  console.error(`Mesh Workbench could not start: ${[message, hint].filter(Boolean).join('. ')}`)
  if (code !== 'in-use') {
    console.error(error)
    dialog.showErrorBox('Mesh Workbench could not start', message)
    app.exit(1)
    return
  }
  const address = (await findFolderOwner(app.getPath('userData')))?.address
  const actions = [
    ...(address === undefined ? [] : [{ label: 'Open in browser', run: () => shell.openExternal(address) }]),
    { label: 'Use another folder…', run: relaunchInOtherFolder },
    { label: 'Close', run: () => Promise.resolve() },
  ]
  const { response } = await dialog.showMessageBox({
    type: 'info',
    title: 'Mesh Workbench',
    message: 'Mesh Workbench is already running',
    detail: [message, hint].filter(Boolean).join('\n\n'),
    buttons: actions.map(({ label }) => label),
    cancelId: actions.length - 1,
  })
  await actions[response]?.run()
  app.exit(2)
}

/** Starts the app again with drafts, journal and settings of its own. */
async function relaunchInOtherFolder(): Promise<void> {
  const { filePaths } = await dialog.showOpenDialog({
    title: 'Folder for drafts, journal and settings',
    properties: ['openDirectory', 'createDirectory'],
  })
  const [folder] = filePaths
  if (folder === undefined) return
  const others = process.argv.slice(1).filter(argument => !argument.startsWith('--user-data-dir='))
  app.relaunch({ args: [...others, `--user-data-dir=${folder}`] })
}

app.on('window-all-closed', () => {
  if (process.platform !== 'darwin') app.quit()
})

// As for the command line: another folder has another owner.
const { MESH_WORKBENCH_DATA: ownFolder } = process.env
if (ownFolder && !app.commandLine.hasSwitch('user-data-dir')) app.setPath('userData', ownFolder)

// Two processes would write the same drafts and journal: the second brings the window of the first to the front.
if (app.requestSingleInstanceLock()) {
  registerPageScheme()
  start().catch(failToStart)
} else {
  app.quit()
}
