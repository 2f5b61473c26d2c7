import type { Edit, RuleList } from '../../../../domain/edits/edit.ts'
import { textOf } from '../../../../domain/istio/fields/read-fields.ts'
import type { Path } from '../../../../domain/yaml/path.ts'

/** Something that is wrong with a card, and the edits that mend it. */
export interface CardProblem {
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly fix?: CardFix
}

export interface CardFix {
  /** What its button says. */
  readonly title: string
  readonly edits: readonly Edit[]
}

/** A small thing that can be changed: a condition, a filter, a parent. Its popover shows the fields at its path. */
export interface ChipModel {
  readonly path: Path
  readonly subject: string
  readonly name?: string
  readonly verb?: string
  readonly value: string
}

/** Something that can be added; it begins with an example that is changed afterwards. */
export interface Addition {
  readonly title: string
  readonly edit: Edit
}

/** Chips in one line. */
export interface LineModel {
  readonly path: Path
  /** How many steps of the path stay when the last chip is taken away; all by default. */
  readonly floor?: number
  /** Words before the chips: `or`, `to`. */
  readonly lead: string
  readonly chips: readonly ChipModel[]
  /** Said where there is no chip. */
  readonly none?: string
  readonly additions: readonly Addition[]
}

/** A list of texts: hosts, addresses. */
export interface TextsModel {
  readonly path: Path
  /** `host`, in the singular. */
  readonly noun: string
  /** Words before the list: `hosts`. */
  readonly lead: string
  readonly values: readonly string[]
  readonly placeholder: string
}

/** Where a rule sends, with its share. */
export interface TargetModel {
  readonly path: Path
  readonly index: number
  readonly label: string
  readonly host: string
  readonly subset: string
  readonly port: number | undefined
  readonly weight: number
  readonly problems: readonly CardProblem[]
}

export interface TargetsModel {
  readonly list: RuleList
  readonly path: Path
  readonly targets: readonly TargetModel[]
  /** What a new one begins as. */
  readonly example: unknown
}

export interface CardModel {
  readonly path: Path
  readonly index: number
  readonly title: string
  readonly lines: readonly LineModel[]
  readonly texts: readonly TextsModel[]
  /** Sentences about what it does. */
  readonly facts: readonly string[]
  readonly problems: readonly CardProblem[]
  readonly targets?: TargetsModel
}

/** A list of the object, as cards. */
export interface SectionModel {
  readonly title: string
  /** What one card is called: `rule`. */
  readonly noun: string
  readonly path: Path
  /** Whether the order means something. */
  readonly isOrdered: boolean
  readonly cards: readonly CardModel[]
  readonly example: unknown
}

/** Any object as its form shows it. */
export interface ObjectModel {
  readonly lines: readonly LineModel[]
  readonly texts: readonly TextsModel[]
  readonly facts: readonly string[]
  readonly problems: readonly CardProblem[]
  readonly sections: readonly SectionModel[]
}

export const insert = (title: string, path: Path, index: number, value: unknown): Addition => ({
  title,
  edit: { kind: 'insertItem', path, index, value },
})

export const set = (title: string, path: Path, value: unknown): Addition => ({
  title,
  edit: { kind: 'setPath', path, value },
})

/** A chip of a field that has a value; none where it has not. */
export function chipOf(path: Path, subject: string, value: unknown): readonly ChipModel[] {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : textOf(value)
  return text === undefined ? [] : [{ path, subject, value: text }]
}

export const describeChip = ({ subject, name = '', verb = '', value }: ChipModel): string =>
  [subject, name, verb, value].filter(word => word !== '').join(' ')

/** A card's title: its first line in words. */
export const titleOfLines = (lines: readonly LineModel[], fallback: string): string => {
  const words = lines[0]?.chips.map(describeChip).join(' and ') ?? ''
  return words === ''
    ? fallback
    : words + (lines.filter(({ lead }) => lead === 'or').length > 0 ? ' or others' : '')
}
