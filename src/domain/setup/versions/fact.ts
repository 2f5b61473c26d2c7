/** Where a statement about a product was read, and when. */
export interface Source {
  readonly text: string
  readonly url: string
  /** ISO date at which it was true as far as we saw. */
  readonly seen: string
}

/** Minor versions of Kubernetes, both ends included. */
export interface KubernetesRange {
  readonly from: string
  readonly to: string
  /**
   * `documented`: the project's own table says so. `reported`: read in somebody's quotation of that table; what lies
   * in it is used with a note.
   */
  readonly basis: 'documented' | 'reported'
  readonly source: Source
}
