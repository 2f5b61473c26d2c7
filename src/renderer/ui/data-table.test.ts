import { describe, expect, test } from 'vitest'
import { formatAge, formatAgo } from './age.ts'
import { sortRows, type TableColumn } from './data-table.ts'

interface Row {
  readonly name: string
  readonly restarts: number
}
const rows: readonly Row[] = [
  { name: 'pod-10', restarts: 2 },
  { name: 'pod-9', restarts: 11 },
  { name: 'pod-1', restarts: 2 },
]
const columns: readonly TableColumn<Row>[] = [
  { id: 'name', title: 'Name', width: '1fr', text: ({ name }) => name },
  {
    id: 'restarts',
    title: 'Restarts',
    width: '1fr',
    text: row => String(row.restarts),
    sortBy: row => row.restarts,
  },
]

describe('sortRows', () => {
  test.each([
    ['name', false, ['pod-1', 'pod-9', 'pod-10']],
    ['name', true, ['pod-10', 'pod-9', 'pod-1']],
    ['restarts', false, ['pod-10', 'pod-1', 'pod-9']],
    ['restarts', true, ['pod-9', 'pod-10', 'pod-1']],
    ['no such column', false, ['pod-10', 'pod-9', 'pod-1']],
  ])('by %s, descending: %s', (column, isDescending, names) => {
    expect(sortRows(rows, columns, { column, isDescending }).map(({ name }) => name)).toEqual(names)
  })
})

test.each([
  [-5_000, '0s', 'just now'],
  [45_000, '45s', '45 seconds ago'],
  [150_000, '2m', '2 minutes ago'],
  [3 * 3_600_000, '3h', '3 hours ago'],
  [26 * 3_600_000, '26h', 'yesterday'],
  [800 * 86_400_000, '2y', '800 days ago'],
])('an age of %s ms is %s and %s', (age, short, long) => {
  expect([formatAge(age), formatAgo(age)]).toEqual([short, long])
})
