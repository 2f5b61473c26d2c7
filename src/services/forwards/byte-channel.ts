/** Bytes both ways over one connection to the API server, with flow control. */
export interface ByteChannel {
  /** Sends the pieces as one. False: enough waits to be sent; `onDrain` tells when there is room again. */
  write(pieces: readonly Buffer[]): boolean
  /** The server is not read from any more until `resume`; what it sends waits on its side. */
  pause(): void
  resume(): void
  close(): void
}

export interface ByteChannelListener {
  onBytes(bytes: Buffer): void
  onDrain(): void
  /** Once, however it ends. */
  onClose(reason: string): void
}

/** As much as may wait to be sent before its sources are paused. */
export const WRITE_LIMIT = 1024 * 1024
