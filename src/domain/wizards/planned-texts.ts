import { applyEdit } from '../edits/apply-edit.ts'
import type { Edit } from '../edits/edit.ts'
import { ProblemError } from '../problem.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'
import type { ManifestDocument } from '../yaml/manifest.ts'
import { parseManifest } from '../yaml/manifest.ts'
import { printObject } from '../yaml/print-object.ts'
import { applyTextEdits } from '../yaml/text-edit.ts'
import type { PlannedText, WizardWorld } from './wizard.ts'

/** One object's text while a wizard works on it. */
export interface OpenText {
  readonly object: KubernetesObject
  readonly isNew: boolean
  readonly before: string
  readonly index: number
  text: string
}

/** The texts that a wizard makes and edits; each object has one, however many edits it takes. */
export class PlannedTexts {
  readonly world: WizardWorld
  readonly #open: OpenText[] = []

  constructor(world: WizardWorld) {
    this.world = world
  }

  /** Opens the text of an object of the cluster or of a file: as the user has it, else printed. */
  edit(object: KubernetesObject): OpenText {
    const known = this.#open.find(({ object: one }) => isSame(one, object))
    if (known !== undefined) return known
    const before = this.world.textOf?.(object) ?? printObject(object)
    const { documents, problems } = parseManifest(before)
    const document = documents.find(one => isAbout(one, object))
    if (document?.root === undefined)
      throw new ProblemError({
        code: 'bad-input',
        message: `The text of ${object.kind} ${object.metadata.name} cannot be edited: ${problems[0]?.message ?? 'it is not in it'}`,
        hint: 'Mend the YAML first',
      })
    return this.#add({ object, isNew: false, before, index: document.index, text: before })
  }

  /** Begins a new object. */
  create(object: KubernetesObject): OpenText {
    return this.#add({ object, isNew: true, before: '', index: 0, text: printObject(object) })
  }

  apply(open: OpenText, ...edits: readonly Edit[]): void {
    for (const edit of edits) open.text = applyTextEdits(open.text, applyEdit(open.text, open.index, edit))
  }

  /** What an object says now. */
  valueOf(open: OpenText): unknown {
    return parseManifest(open.text).documents[open.index]?.value
  }

  changed(): readonly PlannedText[] {
    return this.#open
      .filter(({ before, text }) => before !== text)
      .map(({ object, isNew, before, text }) => (isNew ? { object, text } : { object, before, text }))
  }

  #add(open: OpenText): OpenText {
    this.#open.push(open)
    return open
  }
}

const isSame = (one: KubernetesObject, other: KubernetesObject): boolean =>
  one.kind === other.kind &&
  groupOf(one.apiVersion) === groupOf(other.apiVersion) &&
  one.metadata.name === other.metadata.name &&
  one.metadata.namespace === other.metadata.namespace

/** A text may leave out the namespace that the object has in the cluster. */
const isAbout = (document: ManifestDocument, { apiVersion, kind, metadata }: KubernetesObject): boolean =>
  document.kind === kind &&
  groupOf(document.apiVersion ?? '') === groupOf(apiVersion) &&
  document.name === metadata.name &&
  (document.namespace === undefined || document.namespace === metadata.namespace)
