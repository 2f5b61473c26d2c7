export interface TableColumn<Row> {
  readonly id: string
  readonly title: string
  /** A CSS grid track: `120px`, `minmax(80px, 1fr)`. */
  readonly width: string
  readonly align?: 'start' | 'end'
  readonly isMono?: boolean
  /** The cell's text; a `cell-ID` slot replaces it. */
  readonly text: (row: Row) => string
  /** What the column is sorted by where it is not the text. */
  readonly sortBy?: (row: Row) => string | number
}

export interface TableOrder {
  readonly column: string
  readonly isDescending: boolean
}

const collator = new Intl.Collator('en', { numeric: true })

/** The rows in an order; rows that are equal in it keep theirs. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  order: TableOrder | undefined,
): readonly Row[] {
  const column = columns.find(({ id }) => id === order?.column)
  if (column === undefined || order === undefined) return rows
  const valueOf = column.sortBy ?? column.text
  const direction = order.isDescending ? -1 : 1
  return rows
    .map(row => ({ row, value: valueOf(row) }))
    .sort((a, b) => direction * compare(a.value, b.value))
    .map(({ row }) => row)
}

function compare(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b))
}
