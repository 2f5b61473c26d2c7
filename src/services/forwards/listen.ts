import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { ProblemError } from '../../domain/problem.ts'

/** Listens on a local port; 0: a free one. Sockets are half-open and not read until somebody does. */
export function listen(
  port: number,
  address: string,
  onSocket: (socket: Socket) => void,
): Promise<{ readonly server: Server; readonly port: number }> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, onSocket)
    server.on('error', error =>
      reject(new ProblemError(listenProblem(error, port, address), { cause: error })),
    )
    server.listen({ port, host: address, backlog: 1024 }, () => {
      resolve({ server, port: (server.address() as AddressInfo).port })
    })
  })
}

function listenProblem(error: Error, port: number, address: string): ProblemError['problem'] {
  const code = 'code' in error ? error.code : ''
  const raw = error.message
  if (code === 'EADDRINUSE')
    return {
      code: 'conflict',
      message: `Another program is using port ${String(port)} of ${address}`,
      hint: 'End that program, or choose another local port.',
      raw,
    }
  if (code === 'EACCES')
    return {
      code: 'forbidden',
      message: `Port ${String(port)} is reserved: it requires administrator rights`,
      hint: 'Choose a local port from 1024 on.',
      raw,
    }
  return { code: 'internal', message: `Port ${String(port)} of ${address} cannot be opened: ${raw}`, raw }
}
