import type { TextOrigin } from '../../shared/contract/workspace.ts'

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
      return 'Only here until it is applied'
  }
}
