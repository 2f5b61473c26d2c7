import { contextBridge, ipcRenderer } from 'electron'

const CHANNEL = 'rpc'

contextBridge.exposeInMainWorld('bridge', {
  post: (message: unknown): void => ipcRenderer.send(CHANNEL, message),
  onMessage: (listener: (message: unknown) => void): (() => void) => {
    // The event is dropped: it carries `sender`, which would give the page all of `ipcRenderer`.
    const receive = (_event: unknown, message: unknown): void => listener(message)
    ipcRenderer.on(CHANNEL, receive)
    return () => ipcRenderer.off(CHANNEL, receive)
  },
})
