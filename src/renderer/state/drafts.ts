import { computed, shallowRef } from 'vue'
import { mergeTexts } from '../../domain/edits/merge-texts.ts'
import { toProblem } from '../../domain/problem.ts'
import { groupOf } from '../../domain/kubernetes/kubernetes-object.ts'
import type { Api } from '../../shared/contract.ts'
import type { Draft, DraftEvent, TextOrigin } from '../../shared/contract/workspace.ts'
import { onBackendReopen } from './backend.ts'
import { follow } from './follow.ts'
import { isRouteTests } from './is-route-tests.ts'
import { notify } from './notices.ts'
import { originTitle } from './origin-words.ts'

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

type DraftsApi = Pick<Api, 'saveDraft' | 'discardDraft' | 'listDrafts' | 'watchDrafts'>

let api: DraftsApi | undefined
const unsaved = new Set<string>()
const saving = new Set<string>()
/** Tells this window's changes from those of others. */
const ownWindow: string = crypto.randomUUID()
/** What is stored as far as this window knows: what its next change is based on. */
const stored = new Map<string, { readonly revision: number; readonly text: string | undefined }>()
const revisionOf = (id: string): number => stored.get(id)?.revision ?? 0
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

/** The page goes: nothing can be waited for, so what was typed last is stored whatever it is based on. */
function flushAtEnd(): void {
  clearTimeout(timer)
  timer = undefined
  const ids = new Set([...unsaved, ...saving])
  unsaved.clear()
  for (const id of ids) void save(id, true)
}

async function save(id: string, isLast = false): Promise<void> {
  const draft = drafts.value.get(id)
  if (draft === undefined || api === undefined) return
  // One after the other: each change says which stored one it is based on.
  if (saving.has(id) && !isLast) {
    saveSoon(id)
    return
  }
  const { origin, base, text } = draft
  const revision = revisionOf(id)
  saving.add(id)
  try {
    const change = { id, window: ownWindow, ...(isLast ? {} : { revision }) }
    const next =
      text === base
        ? await api.discardDraft({ ...change, base })
        : await api.saveDraft({ ...change, origin: { ...origin }, base, text })
    takeStored(id, next.revision, text)
  } catch (error) {
    const problem = toProblem(error)
    unsaved.add(id)
    if (problem.code === 'conflict') {
      // What the other window stored is on its way, or was merged already.
      if (revisionOf(id) !== revision) saveSoon(id)
    } else
      notify({
        kind: 'bad',
        message: 'Could not store your unsaved text',
        problem,
        action: { title: 'Try again', run: flushDrafts },
      })
  } finally {
    saving.delete(id)
  }
}

async function forget(id: string): Promise<void> {
  try {
    const next = await api?.discardDraft({ id, window: ownWindow })
    if (next !== undefined) takeStored(id, next.revision, undefined)
  } catch (error) {
    notify({ kind: 'warning', message: 'Could not remove a stored draft', problem: toProblem(error) })
  }
}

function takeStored(id: string, revision: number, text: string | undefined): void {
  if (revision > revisionOf(id)) stored.set(id, { revision, text })
}

/** Takes what became of the drafts elsewhere; what this window did itself is known here already. */
function takeEvent(event: DraftEvent): void {
  if (event.kind === 'all') {
    const known = new Map(stored)
    stored.clear()
    for (const [id, revision] of Object.entries(event.revisions))
      stored.set(id, { revision, text: known.get(id)?.text })
    for (const draft of event.drafts)
      takeOther(draft, event.revisions[draft.id] ?? 0, known.get(draft.id)?.text)
    const there = new Set(event.drafts.map(({ id }) => id))
    for (const { id, text, base } of drafts.value.values()) if (!there.has(id) && text !== base) saveSoon(id)
    return
  }
  const { revision, window } = event
  const id = event.kind === 'saved' ? event.draft.id : event.id
  if (revision <= revisionOf(id)) return
  const before = stored.get(id)?.text
  if (window === ownWindow)
    stored.set(id, { revision, text: event.kind === 'saved' ? event.draft.text : undefined })
  else if (event.kind === 'saved') takeOther(event.draft, revision, before)
  else takeRemoved(id, revision, event.base)
}

/** A text that another window stored. What was typed here and is not stored yet is kept where both fit together. */
function takeOther(other: Draft, revision: number, before: string | undefined): void {
  const { id, text } = other
  const mine = drafts.value.get(id)
  stored.set(id, { revision, text })
  const common = before ?? mine?.base ?? other.base
  const merged = mine === undefined ? text : mergeTexts(common, mine.text, text)
  if (merged === undefined && mine !== undefined)
    notify({
      kind: 'warning',
      message: `Another window changed the same lines of ${originTitle(other.origin)}. Its text is shown.`,
      action: { title: 'Use mine', run: () => changeText(id, mine.text) },
    })
  const next = merged ?? text
  if (mine?.text !== next || mine.base !== other.base) put({ ...other, text: next })
  if (next === text) unsaved.delete(id)
  else saveSoon(id)
}

/** A draft that another window applied, discarded or closed; what was typed here since then stays. */
function takeRemoved(id: string, revision: number, base: string | null): void {
  const mine = drafts.value.get(id)
  const isTyped = mine !== undefined && mine.text !== (stored.get(id)?.text ?? mine.base)
  stored.set(id, { revision, text: base ?? undefined })
  if (mine === undefined) return
  if (isTyped) saveSoon(id)
  else if (base !== null) put({ ...mine, base, text: base })
  else {
    const rest = new Map(drafts.value)
    rest.delete(id)
    drafts.value = rest
  }
}

/** Restores the drafts of the last run, keeps changed ones stored, and follows what other windows do with them. */
export async function followDrafts(backend: DraftsApi): Promise<() => void> {
  api = backend
  try {
    const found = await backend.listDrafts()
    for (const { id, text } of found) stored.set(id, { revision: 0, text })
    drafts.value = new Map([...found.map(draft => [draft.id, draft] as const), ...drafts.value])
  } catch (error) {
    notify({ kind: 'bad', message: 'Could not read the stored drafts', problem: toProblem(error) })
  }
  areDraftsRead.value = true
  const following = follow(
    signal => backend.watchDrafts(undefined, signal),
    takeEvent,
    problem => {
      // That the backend is gone is said by the window as a whole.
      if (problem.code !== 'unreachable')
        notify({ kind: 'warning', message: 'Could not follow the changes of other windows', problem })
    },
  )
  window.addEventListener('pagehide', flushAtEnd)
  const unlisten = onBackendReopen(() => {
    flushDrafts()
    following.retryNow()
  })
  return () => {
    unlisten()
    following.stop()
    window.removeEventListener('pagehide', flushAtEnd)
    flushAtEnd()
    stored.clear()
    api = undefined
  }
}
