import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import { toProblem, type Problem } from '../../../domain/problem.ts'
import type { FileText, FolderSnapshot } from '../../../shared/contract/workspace.ts'
import { useApi } from '../../state/api.ts'
import { drafts, openText, rebaseDraft } from '../../state/drafts.ts'
import { follow } from '../../state/follow.ts'
import { openEditor } from '../../state/navigation.ts'
import { notify } from '../../state/notices.ts'
import { originTitle } from '../../state/origin-words.ts'
import { rememberRecent } from '../../state/settings.ts'

/** The opened folder; empty: none. It stays open while the user looks at other views. */
const folder = shallowRef('')
/** When the file of a text was last written, as far as this window has seen. */
const seenAt = new Map<string, number>()
/** Texts whose file another program has changed meanwhile; undefined where it removed it. */
const conflicts = shallowRef<ReadonlyMap<string, FileText | undefined>>(new Map())

function setConflict(id: string, file: FileText | undefined): void {
  conflicts.value = new Map(conflicts.value).set(id, file)
}

function clearConflict(id: string): void {
  if (!conflicts.value.has(id)) return
  const next = new Map(conflicts.value)
  next.delete(id)
  conflicts.value = next
}

/** Files and the folder of the editor: opened, followed and saved without ever losing another program's change. */
export function useFiles(activeId: () => string | undefined) {
  const api = useApi()
  const snapshot = shallowRef<FolderSnapshot>()
  const folderProblem = shallowRef<Problem>()
  const isSaving = shallowRef(false)

  /** Compares a text with its file: a text that nobody changed follows the file, a changed one is in conflict. */
  async function compareWithDisk(id: string): Promise<void> {
    const origin = drafts.value.get(id)?.origin
    if (origin?.kind !== 'file') return
    try {
      takeFile(id, await api.readFile({ path: origin.path }))
    } catch (error) {
      const problem = toProblem(error)
      if (problem.code === 'not-found') {
        seenAt.delete(id)
        setConflict(id, undefined)
      } else notify({ kind: 'bad', message: `Could not read ${originTitle(origin)}`, problem })
    }
  }

  function takeFile(id: string, file: FileText): void {
    const draft = drafts.value.get(id)
    if (draft === undefined) return
    if (file.text !== draft.base) {
      if (draft.text !== draft.base && draft.text !== file.text) {
        setConflict(id, file)
        return
      }
      rebaseDraft(id, file.text, file.text)
    }
    seenAt.set(id, file.modifiedAt)
    clearConflict(id)
  }

  async function openFile(path: string): Promise<boolean> {
    try {
      const file = await api.readFile({ path })
      const id = openText({ kind: 'file', path: file.path }, file.text)
      takeFile(id, file)
      rememberRecent(file.path)
      openEditor(id)
      return true
    } catch (error) {
      notify({ kind: 'bad', message: 'Could not open the file', problem: toProblem(error) })
      return false
    }
  }

  function openFolder(path: string): void {
    folder.value = path
    rememberRecent(path)
  }

  async function write(id: string, modifiedAt: number | null): Promise<void> {
    const draft = drafts.value.get(id)
    if (draft?.origin.kind !== 'file') return
    const { text, origin } = draft
    const file = await api.writeFile({ path: origin.path, text, modifiedAt })
    seenAt.set(id, file.modifiedAt)
    clearConflict(id)
    rebaseDraft(id, text)
    notify({ kind: 'good', message: `Saved ${originTitle(origin)}` })
  }

  async function save(id: string): Promise<void> {
    isSaving.value = true
    try {
      // A text of the last run: whether its file is still the one it began with is not known.
      if (!seenAt.has(id)) await compareWithDisk(id)
      const known = seenAt.get(id)
      if (conflicts.value.has(id) || known === undefined) return
      await write(id, known)
    } catch (error) {
      const problem = toProblem(error)
      if (problem.code === 'conflict') await compareWithDisk(id)
      else notify({ kind: 'bad', message: 'Could not save the file', problem })
    } finally {
      isSaving.value = false
    }
  }

  function loadFromDisk(id: string): void {
    const file = conflicts.value.get(id)
    if (file === undefined) return
    rebaseDraft(id, file.text, file.text)
    seenAt.set(id, file.modifiedAt)
    clearConflict(id)
  }

  /** Writes over exactly the version that was shown; a newer one is a conflict again. */
  async function overwrite(id: string): Promise<void> {
    isSaving.value = true
    try {
      await write(id, conflicts.value.get(id)?.modifiedAt ?? null)
    } catch (error) {
      const problem = toProblem(error)
      notify({ kind: 'bad', message: 'Could not save the file', problem })
      if (problem.code === 'conflict') await compareWithDisk(id)
    } finally {
      isSaving.value = false
    }
  }

  const compareActive = (): void => {
    const id = activeId()
    if (id !== undefined) void compareWithDisk(id)
  }
  watch(() => drafts.value.get(activeId() ?? '')?.id, compareActive, { immediate: true })
  window.addEventListener('focus', compareActive)
  onScopeDispose(() => window.removeEventListener('focus', compareActive))

  watch(
    folder,
    (path, _, onCleanup) => {
      snapshot.value = undefined
      folderProblem.value = undefined
      if (path === '') return
      const following = follow(
        signal => api.watchFolder({ path }, signal),
        next => {
          snapshot.value = next
          folderProblem.value = undefined
          compareActive()
        },
        problem => (folderProblem.value = problem),
      )
      onCleanup(() => following.stop())
    },
    { immediate: true },
  )

  return {
    folder,
    snapshot,
    folderProblem,
    isSaving,
    conflict: computed(() => {
      const id = activeId()
      return id !== undefined && conflicts.value.has(id) ? { file: conflicts.value.get(id) } : undefined
    }),
    openFile,
    openFolder,
    closeFolder: () => (folder.value = ''),
    save,
    loadFromDisk,
    overwrite,
  }
}
