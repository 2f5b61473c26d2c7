import { computed, shallowRef } from 'vue'
import { toProblem } from '../../domain/problem.ts'
import { groupOf } from '../../domain/resources/kubernetes-object.ts'
import type { Api } from '../../shared/contract.ts'
import type { Draft, TextOrigin } from '../../shared/contract/workspace.ts'
import { onBackendReopen } from './backend.ts'
import { isRouteTests } from './is-route-tests.ts'
import { notify } from './notices.ts'

/** A keystroke is on its way to the disk after at most this long. */
const SAVE_AFTER = 120

/** Every open text by id, changed or not. */
export const drafts = shallowRef<ReadonlyMap<string, Draft>>(new Map())
/** Those that differ from what they began as and can be applied: what waits for review. */
export const changedDrafts = computed<readonly Draft[]>(() =>
  [...drafts.value.values()].filter(({ text, base, origin }) => text !== base && !isRouteTests(origin)),
)
/** True once the drafts of the last run are there. */
export const areDraftsRead = shallowRef(false)

let api: Pick<Api, 'saveDraft' | 'discardDraft' | 'listDrafts'> | undefined
const unsaved = new Set<string>()
let timer: ReturnType<typeof setTimeout> | undefined

/** The id of a text: the same for the same origin, fit for an address and for a file's name. */
export function draftIdOf(origin: TextOrigin): string {
  switch (origin.kind) {
    case 'object': {
      const { context, apiVersion, objectKind, namespace, name } = origin
      return identify(`${objectKind}-${name}`, [
        'object',
        context,
        groupOf(apiVersion),
        objectKind,
        namespace,
        name,
      ])
    }
    case 'file':
      return identify(origin.path.slice(origin.path.lastIndexOf('/') + 1), ['file', origin.path])
    case 'pasted':
      return identify(origin.title, ['pasted', origin.title])
  }
}

function identify(title: string, parts: readonly string[]): string {
  const readable = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
  return `${readable}-${hash(parts.join('\u0000'))}`
}

/** FNV-1a over two seeds, 64 bits together. Source: http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(text: string): string {
  return [0x811c9dc5, 0x01000193]
    .map(seed => {
      let value = seed
      for (let index = 0; index < text.length; index++) {
        value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
      }
      return (value >>> 0).toString(16).padStart(8, '0')
    })
    .join('')
}

/**
 * Opens a text and returns its id. A text that is open and changed stays as the user left it; one that is open and
 * unchanged takes the new base.
 */
export function openText(origin: TextOrigin, base: string): string {
  const id = draftIdOf(origin)
  const open = drafts.value.get(id)
  if (open === undefined || open.text === open.base)
    put({ id, origin, base, text: base, changedAt: Date.now() })
  return id
}

/** Changes an open text; it is saved soon after. */
export function changeText(id: string, text: string): void {
  const draft = drafts.value.get(id)
  if (draft === undefined || draft.text === text) return
  put({ ...draft, text, changedAt: Date.now() })
  saveSoon(id)
}

/** Gives an open text a new base: what is live now, after it was applied or changed by others. */
export function rebaseDraft(id: string, base: string, text?: string): void {
  const draft = drafts.value.get(id)
  if (draft === undefined) return
  put({ ...draft, base, text: text ?? draft.text, changedAt: Date.now() })
  saveSoon(id)
}

/** Closes a text and forgets it, on disk too. */
export function discardDraft(id: string): void {
  const rest = new Map(drafts.value)
  rest.delete(id)
  drafts.value = rest
  unsaved.delete(id)
  void forget(id)
}

function put(draft: Draft): void {
  drafts.value = new Map(drafts.value).set(draft.id, draft)
}

function saveSoon(id: string): void {
  unsaved.add(id)
  timer ??= setTimeout(flushDrafts, SAVE_AFTER)
}

/** Sends what is not saved yet. */
export function flushDrafts(): void {
  clearTimeout(timer)
  timer = undefined
  const ids = [...unsaved]
  unsaved.clear()
  for (const id of ids) void save(id)
}

async function save(id: string): Promise<void> {
  const draft = drafts.value.get(id)
  if (draft === undefined || api === undefined) return
  const { origin, base, text } = draft
  try {
    if (text === base) await api.discardDraft({ id })
    else await api.saveDraft({ id, origin: { ...origin }, base, text })
  } catch (error) {
    unsaved.add(id)
    notify({
      kind: 'bad',
      message: 'Your unsaved text could not be stored',
      problem: toProblem(error),
      action: { title: 'Try again', run: flushDrafts },
    })
  }
}

async function forget(id: string): Promise<void> {
  try {
    await api?.discardDraft({ id })
  } catch (error) {
    notify({ kind: 'warning', message: 'A stored draft could not be removed', problem: toProblem(error) })
  }
}

/** Restores the drafts of the last run and keeps changed ones stored. */
export async function followDrafts(
  backend: Pick<Api, 'saveDraft' | 'discardDraft' | 'listDrafts'>,
): Promise<() => void> {
  api = backend
  try {
    const stored = await backend.listDrafts()
    drafts.value = new Map([...stored.map(draft => [draft.id, draft] as const), ...drafts.value])
  } catch (error) {
    notify({ kind: 'bad', message: 'Stored drafts could not be read', problem: toProblem(error) })
  }
  areDraftsRead.value = true
  window.addEventListener('pagehide', flushDrafts)
  const unlisten = onBackendReopen(flushDrafts)
  return () => {
    unlisten()
    window.removeEventListener('pagehide', flushDrafts)
    flushDrafts()
    api = undefined
  }
}
