import { BrowserWindow, session } from 'electron'
import { ORIGIN } from './protocol.ts'

/** Notifications: that a task has ended while the window is hidden. */
const isGranted = (permission: string): boolean =>
  permission === 'clipboard-sanitized-write' || permission === 'notifications'

/** Makes the window. It can show our own page and nothing else: no navigation, no new windows, no permissions but the two that it names. */
export function openWindow({ preload, icon }: { preload: string; icon: string }): BrowserWindow {
  session.defaultSession.setPermissionRequestHandler((_contents, permission, answer) =>
    answer(isGranted(permission)),
  )
  // What `navigator.permissions.query` answers: without it, everything would be called granted.
  session.defaultSession.setPermissionCheckHandler(
    (_contents, permission, origin) =>
      isGranted(permission) && (origin === ORIGIN || origin === `${ORIGIN}/`),
  )
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 700,
    show: false,
    icon,
    backgroundColor: '#0f1217',
    title: 'Mesh Workbench',
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      spellcheck: false,
    },
  })
  window.webContents.on('will-navigate', event => event.preventDefault())
  window.webContents.on('will-attach-webview', event => event.preventDefault())
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  window.once('ready-to-show', () => window.show())
  void window.loadURL(`${ORIGIN}/`)
  return window
}
