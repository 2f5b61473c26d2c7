import * as v from 'valibot'
import type { Problem } from '../../domain/problem.ts'
import { findMirrorProblem } from '../find-mirror-problem.ts'
import { call, stream } from '../rpc/contract.ts'
import { input, nothing } from './input.ts'

/** Where a text in the editor came from. */
export type TextOrigin =
  | {
      readonly kind: 'object'
      readonly context: string
      readonly apiVersion: string
      readonly objectKind: string
      readonly namespace: string
      readonly name: string
    }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'pasted'; readonly title: string }

/** A text that the user has changed and neither applied nor saved. Survives a kill of the app. */
export interface Draft {
  readonly id: string
  readonly origin: TextOrigin
  /** The text as it was when editing began. */
  readonly base: string
  readonly text: string
  /** Milliseconds since 1970. */
  readonly changedAt: number
}

/** What became of the drafts, in order; `window` names the one that did it. A revision counts the changes of a draft. */
export type DraftEvent =
  | {
      readonly kind: 'all'
      readonly drafts: readonly Draft[]
      /** By id, also of drafts that are gone; one that is not named is at 0. */
      readonly revisions: Readonly<Record<string, number>>
    }
  | { readonly kind: 'saved'; readonly draft: Draft; readonly revision: number; readonly window: string }
  | {
      readonly kind: 'removed'
      readonly id: string
      readonly revision: number
      readonly window: string
      /** What the text began as, where it is back at that and stays open; null where it was closed. */
      readonly base: string | null
    }

export interface FolderEntry {
  /** Relative to the folder, with forward slashes. */
  readonly path: string
  readonly size: number
}

export interface FolderSnapshot {
  readonly path: string
  /** YAML files, sorted by path. */
  readonly files: readonly FolderEntry[]
  /** True where the folder holds more than is listed. */
  readonly isCut: boolean
}

export interface FileText {
  readonly path: string
  readonly text: string
  /** Milliseconds since 1970; sent back with `writeFile` so that another program's change is never overwritten. */
  readonly modifiedAt: number
}

export interface Settings {
  readonly theme: 'system' | 'light' | 'dark'
  /** The context that the window opens on; empty: the playground. */
  readonly context: string
  /** Chosen namespaces by context; empty list: all. */
  readonly namespaces: Readonly<Record<string, readonly string[]>>
  /** Sizes of panes by name, in pixels or percent as the pane decides. */
  readonly panes: Readonly<Record<string, number>>
  /** Files and folders opened lately, newest first. */
  readonly recent: readonly string[]
  /** Base address that tools are downloaded from; empty: their projects' own servers. */
  readonly mirror: string
}

const origin = v.variant('kind', [
  v.object({
    kind: v.literal('object'),
    context: v.string(),
    apiVersion: v.string(),
    objectKind: v.string(),
    namespace: v.string(),
    name: v.string(),
  }),
  v.object({ kind: v.literal('file'), path: v.string() }),
  v.object({ kind: v.literal('pasted'), title: v.string() }),
])

export const workspace = {
  /** What the user has to know of the data folder: damaged files that were set aside, and what is not kept on the disk. */
  watchStorage: stream(nothing).of<Problem[]>(),
  readSettings: call(nothing).returns<Settings>(),
  writeSettings: call(
    input(
      v.object({
        theme: v.picklist(['system', 'light', 'dark']),
        context: v.string(),
        namespaces: v.record(v.string(), v.array(v.string())),
        panes: v.record(v.string(), v.number()),
        recent: v.array(v.string()),
        mirror: v.pipe(
          v.string(),
          v.check(mirror => findMirrorProblem(mirror) === undefined, 'not an address for a mirror'),
        ),
      }),
    ),
  ).returns<void>(),
  listDrafts: call(nothing).returns<Draft[]>(),
  /**
   * On disk when it returns (written beside, flushed, renamed). `revision` is the one that the text is based on: where
   * another window stored a newer one, the call is rejected with `conflict`.
   */
  saveDraft: call(
    input(
      v.object({
        id: v.string(),
        origin,
        base: v.string(),
        text: v.string(),
        revision: v.optional(v.number()),
        window: v.optional(v.string()),
      }),
    ),
  ).returns<{ readonly revision: number }>(),
  /** With `base`, the text stays open as what it began as; else it is closed. */
  discardDraft: call(
    input(
      v.object({
        id: v.string(),
        revision: v.optional(v.number()),
        window: v.optional(v.string()),
        base: v.optional(v.string()),
      }),
    ),
  ).returns<{ readonly revision: number }>(),
  /** Every draft first, then what the windows store, also this one. */
  watchDrafts: stream(nothing).of<DraftEvent>(),
  /** Asks the user for a file or folder with the system's dialog; null where the shell has none or the user cancels. */
  pickPath: call(input(v.object({ kind: v.picklist(['file', 'folder', 'program']) }))).returns<
    string | null
  >(),
  /** Whether `pickPath` can ask; else the window asks for a path itself. */
  hasPathPicker: call(nothing).returns<boolean>(),
  readFile: call(input(v.object({ path: v.string() }))).returns<FileText>(),
  /** Refuses with `conflict` where the file is newer than `modifiedAt`; null writes a new file. */
  writeFile: call(
    input(v.object({ path: v.string(), text: v.string(), modifiedAt: v.nullable(v.number()) })),
  ).returns<FileText>(),
  watchFolder: stream(input(v.object({ path: v.string() }))).of<FolderSnapshot>(),
  /** Opens an http(s) address in the user's browser; other addresses are refused. */
  openExternal: call(input(v.object({ url: v.string() }))).returns<void>(),
}
