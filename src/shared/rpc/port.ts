/** One end of a two-way connection. Messages must survive both structured clone and JSON. */
export interface Port {
  post(message: unknown): void
  /** Returns the function that removes the listener. */
  onMessage(listener: (message: unknown) => void): () => void
  onClose(listener: () => void): () => void
  /** Called when it is open again after it has closed; absent where a closed connection stays closed. */
  onReopen?(listener: () => void): () => void
}
