import { ipcMain, type IpcMainEvent, type WebContents } from 'electron'
import type { Port } from '../shared/rpc/port.ts'

const CHANNEL = 'rpc'

/** The main-process end of one window's connection. Only its own top frame, on our origin, is heard. */
export function windowPort(contents: WebContents, origin: string): Port {
  const isOurs = ({ sender, senderFrame }: IpcMainEvent): boolean =>
    sender === contents &&
    senderFrame !== null &&
    senderFrame.parent === null &&
    senderFrame.origin === origin

  return {
    post: message => {
      if (!contents.isDestroyed()) contents.send(CHANNEL, message)
    },
    onMessage: listener => {
      const receive = (event: IpcMainEvent, message: unknown): void => {
        if (isOurs(event)) listener(message)
      }
      ipcMain.on(CHANNEL, receive)
      return () => ipcMain.off(CHANNEL, receive)
    },
    // A reload starts the page's ids again from one, so it must end the work of the old page.
    onClose: listener => {
      const onNavigate = (details: { isMainFrame: boolean; isSameDocument: boolean }): void => {
        if (details.isMainFrame && !details.isSameDocument) listener()
      }
      contents.on('did-start-navigation', onNavigate)
      contents.on('destroyed', listener)
      return () => {
        contents.off('did-start-navigation', onNavigate)
        contents.off('destroyed', listener)
      }
    },
  }
}
