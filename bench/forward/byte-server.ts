/** Sends as many bytes as the first line of a connection says. The pod's end of the benchmark; prints its port. */
import { createServer, type AddressInfo } from 'node:net'

const CHUNK = Buffer.alloc(256 * 1024, 'x')

const server = createServer({ noDelay: true }, socket => {
  let asked = ''
  socket.on('error', () => socket.destroy())
  socket.on('data', (text: Buffer) => {
    if (asked.endsWith('\n')) return
    asked += text.toString('latin1')
    if (!asked.endsWith('\n')) return
    let left = Number(asked)
    const more = (): void => {
      while (left > 0) {
        const part = CHUNK.subarray(0, left)
        left -= part.length
        if (!socket.write(part)) {
          socket.once('drain', more)
          return
        }
      }
    }
    more()
  })
})
server.listen(0, '127.0.0.1', 4096, () => console.log((server.address() as AddressInfo).port))
