import type { Duplex } from 'node:stream'
import { WRITE_LIMIT, type ByteChannel, type ByteChannelListener } from './byte-channel.ts'

/** The bytes of a connection that was upgraded to SPDY itself. */
export function openSpdyChannel(socket: Duplex, head: Buffer, listener: ByteChannelListener): ByteChannel {
  let isClosed = false
  const close = (reason: string): void => {
    if (isClosed) return
    isClosed = true
    socket.destroy()
    listener.onClose(reason)
  }
  socket.on('drain', () => listener.onDrain())
  socket.on('error', error => close(error.message))
  socket.on('close', () => close('the connection to the API server was cut'))
  socket.on('end', () => close('the API server ended the connection'))
  socket.on('data', (bytes: Buffer) => listener.onBytes(bytes))
  if (head.length > 0) listener.onBytes(head)
  return {
    write(pieces) {
      if (isClosed) return true
      socket.cork()
      for (const piece of pieces) socket.write(piece)
      socket.uncork()
      return socket.writableLength < WRITE_LIMIT
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => close('closed'),
  }
}
