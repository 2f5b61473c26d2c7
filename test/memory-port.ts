import type { Port } from '../src/shared/rpc/port.ts'

/** Two ends of a connection in memory. Messages are copied as Electron's IPC copies them. */
export function memoryPorts(): { server: Port; client: Port; close: () => void } {
  const closers = new Set<() => void>()
  const ends = [new Set<(message: unknown) => void>(), new Set<(message: unknown) => void>()] as const
  const end = (own: 0 | 1): Port => ({
    post: message => {
      const copy: unknown = structuredClone(message)
      queueMicrotask(() => ends[own === 0 ? 1 : 0].forEach(listener => listener(copy)))
    },
    onMessage: listener => {
      ends[own].add(listener)
      return () => ends[own].delete(listener)
    },
    onClose: listener => {
      closers.add(listener)
      return () => closers.delete(listener)
    },
  })
  return { server: end(0), client: end(1), close: () => closers.forEach(listener => listener()) }
}
