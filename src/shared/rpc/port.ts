/** One end of a two-way connection. Messages must survive both structured clone and JSON. */
export interface Port {
  post(message: unknown): void
  /** Returns the function that removes the listener. */
  onMessage(listener: (message: unknown) => void): () => void
  onClose(listener: () => void): () => void
}
