import type { Tunnel } from './spdy-tunnel.ts'

/**
 * The tunnels to one pod. A connection gets one that nobody holds up: a reader that stalls pauses its own tunnel, and
 * those that share it with him only where there are more connections than tunnels.
 */
export interface TunnelPool {
  /** The best tunnel there is, or a new one. */
  take(): Promise<Tunnel>
  /** No new connections; those that are there go on until their end. */
  retire(): void
  close(): void
}

const MOST_TUNNELS = 8

export function createTunnelPool({
  open,
  onAllLost,
}: {
  open: (onClose: () => void, onRelease: () => void) => Promise<Tunnel>
  /** The last tunnel broke. */
  onAllLost: () => void
}): TunnelPool {
  const tunnels = new Set<Tunnel>()
  let opening: Promise<Tunnel>[] = []
  let isRetired = false

  function closeIdle(): void {
    if (!isRetired) return
    for (const tunnel of [...tunnels]) if (tunnel.connections === 0) tunnel.close()
  }

  function openOne(): Promise<Tunnel> {
    let tunnel: Tunnel | undefined
    const lost = (): void => {
      if (tunnel !== undefined) tunnels.delete(tunnel)
      if (tunnels.size === 0 && !isRetired) onAllLost()
    }
    const opened = open(lost, closeIdle).then(made => {
      tunnel = made
      // It may have broken already, or have come too late.
      if (made.isOpen) tunnels.add(made)
      closeIdle()
      return made
    })
    opening.push(opened)
    const forget = (): void => {
      opening = opening.filter(each => each !== opened)
    }
    opened.then(forget, forget)
    return opened
  }

  /** Fewest connections first; those held up last. */
  function findBest(): Tunnel | undefined {
    let best: Tunnel | undefined
    for (const tunnel of tunnels) {
      if (!tunnel.isOpen) continue
      if (best === undefined || weigh(tunnel) < weigh(best)) best = tunnel
    }
    return best
  }
  const weigh = ({ connections, isStalled }: Tunnel): number => connections + (isStalled ? 1_000_000 : 0)

  return {
    async take() {
      const best = findBest()
      if (best?.connections === 0) return best
      if (tunnels.size + opening.length < MOST_TUNNELS) return openOne()
      return best ?? opening[0] ?? openOne()
    },
    retire() {
      isRetired = true
      closeIdle()
    },
    close() {
      isRetired = true
      for (const tunnel of [...tunnels]) tunnel.close()
    },
  }
}
