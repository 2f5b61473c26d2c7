import type { Socket } from 'node:net'
import type { ByteChannel, ByteChannelListener } from './byte-channel.ts'
import { cutConnection } from './cut-connection.ts'
import { createSpdyReader } from './spdy-reader.ts'
import {
  dataFrame,
  FLAG_FIN,
  pingFrame,
  resetFrame,
  RST_STREAM,
  PING,
  SYN_REPLY,
  GOAWAY,
  createOpener,
} from './spdy-frames.ts'

/** One connection to a pod through the API server, which carries any number of TCP connections. */
export interface Tunnel {
  readonly isOpen: boolean
  /** How many local connections it carries. */
  readonly connections: number
  /** A reader that does not read holds it up. */
  readonly isStalled: boolean
  /** Joins a local connection to a port of the pod; reads from it when the pod's end is there. */
  connect(local: Socket, port: number): void
  close(): void
}

export interface TunnelListener {
  readonly onSent: (bytes: number) => void
  readonly onReceived: (bytes: number) => void
  /** The pod's end refused or broke one connection: the kubelet's words. */
  readonly onRefusal: (message: string) => void
  /** A local connection is over. */
  onRelease(): void
  onClose(reason: string): void
}

interface Joined {
  readonly local: Socket
  readonly errorId: number
  readonly dataId: number
  /** The streams that the pod's end has replied to. */
  readonly begun: Set<number>
  isLocalOver: boolean
  isRemoteOver: boolean
  refusal: string
  /** Ends a connection that the pod's end never answers. */
  readonly late: NodeJS.Timeout
}

/** What a local reader may leave unread before the tunnel is paused for it. */
const READ_LIMIT = 1024 * 1024
const HALF_CLOSED_MS = 30_000
const LONGEST_REFUSAL = 4096
/** As long as kubectl waits for a stream. Source: k8s.io/apimachinery/pkg/util/httpstream/spdy/connection.go */
const REPLY_MS = 30_000
/** Ids are of 31 bits and grow by four; a tunnel that nears the end is not given more. */
const LAST_ID = 0x7fff_0000

/**
 * The client's end of port-forwarding over SPDY/3.1, as kubectl speaks it: for each local connection an error stream
 * and a data stream with the same request id. Kubernetes uses no window updates: flow control is the tunnel's.
 * Source: k8s.io/client-go/tools/portforward/portforward.go, handleConnection.
 */
export function openTunnel(
  openChannel: (listener: ByteChannelListener) => ByteChannel,
  listener: TunnelListener,
): Tunnel {
  const streams = new Map<number, Joined>()
  const all = new Set<Joined>()
  /** Local connections that do not take what the pod sent. */
  const slow = new Set<Joined>()
  /** Local connections that wait until the tunnel takes more. */
  const waiting = new Set<Socket>()
  const openStream = createOpener()
  let nextId = 1
  let isOpen = true
  let isFull = false

  const reader = createSpdyReader({
    onControl(type, id, payload) {
      if (type === PING) {
        // Who asks and does not read the answers gets no more of them.
        if (!isFull) isFull = !channel.write([pingFrame(payload)])
      } else if (type === GOAWAY) channel.close()
      else if (type === SYN_REPLY) begin(id)
      else if (type === RST_STREAM) fail(streams.get(id))
    },
    onData(id, bytes) {
      const joined = streams.get(id)
      // What is still on its way to a connection that is gone.
      if (joined === undefined) return
      if (id === joined.errorId)
        joined.refusal = (joined.refusal + bytes.toString('utf8')).slice(0, LONGEST_REFUSAL)
      else {
        listener.onReceived(bytes.length)
        joined.local.write(bytes)
        if (joined.local.writableLength > READ_LIMIT) {
          slow.add(joined)
          if (slow.size === 1) channel.pause()
        }
      }
    },
    onEnd(id) {
      const joined = streams.get(id)
      if (joined === undefined) return
      if (id === joined.errorId) {
        // The last word of the pod's end, which may come after the local connection is over.
        streams.delete(id)
        if (joined.refusal !== '') fail(joined)
        return
      }
      endRemote(joined)
    },
    onViolation: () => channel.close(),
  })

  /** Nothing more comes from the pod. */
  function endRemote(joined: Joined): void {
    if (joined.isRemoteOver) return
    joined.isRemoteOver = true
    joined.local.end()
    // The kubelet takes nothing more after this; a local end that never closes would stay for ever.
    joined.local.setTimeout(HALF_CLOSED_MS, () => joined.local.destroy())
    if (joined.isLocalOver) release(joined)
  }

  const channel = openChannel({
    onBytes: bytes => reader.read(bytes),
    onDrain() {
      isFull = false
      for (const local of waiting) local.resume()
      waiting.clear()
    },
    onClose(reason) {
      isOpen = false
      for (const { local } of [...all]) cutConnection(local)
      listener.onClose(reason)
    },
  })

  /** The pod's end is there: before its reply it drops what it gets. */
  function begin(id: number): void {
    const joined = streams.get(id)
    if (joined === undefined || joined.begun.has(id)) return
    joined.begun.add(id)
    // Nothing is ever sent on the error stream.
    if (id === joined.errorId) channel.write([dataFrame(id, FLAG_FIN, 0)])
    else {
      const { local, late } = joined
      clearTimeout(late)
      local.on('data', (bytes: Buffer) => {
        listener.onSent(bytes.length)
        if (channel.write([dataFrame(id, 0, bytes.length), bytes])) return
        local.pause()
        waiting.add(local)
      })
      local.on('end', () => {
        joined.isLocalOver = true
        channel.write([dataFrame(id, FLAG_FIN, 0)])
        if (joined.isRemoteOver) release(joined)
      })
    }
  }

  function fail(joined: Joined | undefined): void {
    if (joined === undefined) return
    if (joined.refusal !== '') listener.onRefusal(joined.refusal)
    cutConnection(joined.local)
  }

  function forget(joined: Joined): void {
    streams.delete(joined.dataId)
    waiting.delete(joined.local)
    drained(joined)
  }
  /** Both ends have said all; the local socket may still have bytes to give out. */
  function release(joined: Joined): void {
    streams.delete(joined.dataId)
  }
  function drained(joined: Joined): void {
    if (slow.delete(joined) && slow.size === 0 && isOpen) channel.resume()
  }

  return {
    get isOpen() {
      return isOpen && nextId < LAST_ID
    },
    get connections() {
      return all.size
    },
    get isStalled() {
      return slow.size > 0
    },
    connect(local, port) {
      const joined: Joined = {
        local,
        errorId: nextId,
        dataId: nextId + 2,
        begun: new Set(),
        isLocalOver: false,
        isRemoteOver: false,
        refusal: '',
        late: setTimeout(() => {
          joined.refusal ||= 'the API server did not answer in time'
          fail(joined)
        }, REPLY_MS),
      }
      nextId += 4
      all.add(joined)
      streams.set(joined.errorId, joined)
      streams.set(joined.dataId, joined)
      local.on('drain', () => drained(joined))
      // The close that follows says all there is to do.
      local.on('error', () => {})
      local.on('close', () => {
        const isWhole = joined.isLocalOver && joined.isRemoteOver
        // The pod's end lets go of what it could not send. Source: portforward.go, dataStream.Reset.
        if (!isWhole && isOpen && streams.has(joined.dataId)) {
          channel.write([resetFrame(joined.dataId)])
          channel.write([resetFrame(joined.errorId)])
          streams.delete(joined.errorId)
        }
        clearTimeout(joined.late)
        forget(joined)
        all.delete(joined)
        listener.onRelease()
      })
      const headers = { port: String(port), requestid: String(joined.errorId) }
      channel.write([
        openStream(joined.errorId, { ...headers, streamtype: 'error' }),
        openStream(joined.dataId, { ...headers, streamtype: 'data' }),
      ])
    },
    close: () => channel.close(),
  }
}
