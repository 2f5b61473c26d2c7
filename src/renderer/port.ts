import type { Port } from '../shared/rpc/port.ts'

declare global {
  interface Window {
    readonly bridge?: Omit<Port, 'onClose'>
  }
}

/** The one place where the UI learns which shell it runs in. */
export function openPort(): Port {
  if (window.bridge) return { ...window.bridge, onClose: () => () => {} }
  const socket = new WebSocket(`ws://${location.host}/rpc${location.search}`)
  return webSocketPort(socket)
}

export function webSocketPort(socket: WebSocket): Port {
  const isOpen = new Promise<void>(resolve =>
    socket.addEventListener('open', () => resolve(), { once: true }),
  )
  return {
    post: message => void isOpen.then(() => socket.send(JSON.stringify(message))),
    onMessage: listener => {
      const receive = ({ data }: MessageEvent): void => listener(JSON.parse(String(data)))
      socket.addEventListener('message', receive)
      return () => socket.removeEventListener('message', receive)
    },
    onClose: listener => {
      socket.addEventListener('close', listener)
      return () => socket.removeEventListener('close', listener)
    },
  }
}
