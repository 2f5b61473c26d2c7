import { fieldsOf, listOf, textOf, type Fields } from '../../../../domain/istio/fields/read-fields.ts'
import type { Path } from '../../../../domain/yaml/path.ts'
import type { CardModel, ChipModel, ObjectModel, SectionModel } from './object-model.ts'

/** A list that a kind may have, with what a new item begins as. */
export interface ListShape {
  readonly field: string
  readonly title: string
  readonly noun: string
  readonly isOrdered?: boolean
  readonly example: unknown
}

const isScalar = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

/** Short enough for a chip. */
const LONGEST = 60

function summaryOf(value: unknown): string {
  if (isScalar(value)) return String(value)
  const text = Array.isArray(value)
    ? value.map(summaryOf).join(', ')
    : Object.entries(fieldsOf(value))
        .map(([key, item]) => `${key} ${summaryOf(item)}`)
        .join(', ')
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** Every field of a map as a chip. */
const chipsOf = (fields: Fields, path: Path, without: ReadonlySet<string>): readonly ChipModel[] =>
  Object.entries(fields)
    .filter(([key]) => !without.has(key))
    .map(([key, value]) => ({ path: [...path, key], subject: key, value: summaryOf(value) }))

/** An object of a kind without words of its own: its fields as chips, its lists as cards; never throws. */
export function readAnyObject(
  value: unknown,
  lists: readonly ListShape[],
  facts: readonly string[] = [],
): ObjectModel {
  const spec = fieldsOf(fieldsOf(value)['spec'])
  const own = new Set(lists.map(({ field }) => field))
  return {
    lines: [
      {
        path: ['spec'],
        lead: '',
        none: 'nothing is set',
        chips: chipsOf(spec, ['spec'], own),
        additions: [],
      },
    ],
    texts: [],
    facts,
    problems: [],
    sections: lists.map((shape): SectionModel => ({
      title: shape.title,
      noun: shape.noun,
      path: ['spec', shape.field],
      isOrdered: shape.isOrdered ?? false,
      cards: listOf(spec[shape.field]).map((item, index) => readCard(item, index, shape)),
      example: shape.example,
    })),
  }
}

const noFields: ReadonlySet<string> = new Set()

function readCard(item: unknown, index: number, { field, noun }: ListShape): CardModel {
  const fields = fieldsOf(item)
  const path: Path = ['spec', field, index]
  return {
    path,
    index,
    title: textOf(fields['name']) ?? `${noun} ${String(index + 1)}`,
    lines: [{ path, lead: '', none: 'anything', chips: chipsOf(fields, path, noFields), additions: [] }],
    texts: [],
    facts: [],
    problems: [],
  }
}
