import { parseManifest } from '../../domain/yaml/manifest.ts'
import type { Draft, TextOrigin } from '../../shared/contract/workspace.ts'

/** What a text is called: its object, its file's name, or the title it was given. */
export function originTitle(origin: TextOrigin): string {
  switch (origin.kind) {
    case 'object':
      return `${origin.objectKind} ${origin.name}`
    case 'file':
      return origin.path.slice(origin.path.lastIndexOf('/') + 1)
    case 'pasted':
      return origin.title
  }
}

/** Where a text came from, in a line. */
export function originDetail(origin: TextOrigin): string {
  switch (origin.kind) {
    case 'object':
      return [origin.context, origin.namespace].filter(part => part !== '').join(' · ')
    case 'file':
      return origin.path
    case 'pasted':
      return 'Not applied yet'
  }
}

const UNTITLED = 'Untitled-'

/** The first free name of a text that holds nothing yet: `Untitled-1`. */
export function freeTitle(drafts: Iterable<Pick<Draft, 'origin'>>): string {
  const taken = new Set([...drafts].map(({ origin }) => originTitle(origin)))
  let number = 1
  while (taken.has(`${UNTITLED}${String(number)}`)) number++
  return `${UNTITLED}${String(number)}`
}

/** Titles by draft: reading a text again at each look would be slow. */
const titles = new WeakMap<Pick<Draft, 'origin' | 'text'>, string>()

/** What a draft is called: as its origin, or, for a text without a name, as the objects that are in it by now. */
export function draftTitle(draft: Pick<Draft, 'origin' | 'text'>): string {
  const { origin, text } = draft
  if (origin.kind !== 'pasted' || !origin.title.startsWith(UNTITLED)) return originTitle(origin)
  const known = titles.get(draft)
  if (known !== undefined) return known
  const objects = parseManifest(text).documents.filter(({ kind, name }) => Boolean(kind) && Boolean(name))
  const [first] = objects
  const more = objects.length > 1 ? ` and ${String(objects.length - 1)} more` : ''
  const title = first === undefined ? origin.title : `${first.kind ?? ''} ${first.name ?? ''}${more}`
  titles.set(draft, title)
  return title
}
