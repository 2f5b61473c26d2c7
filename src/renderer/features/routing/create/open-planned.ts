import type { KubernetesObject } from '../../../../domain/kubernetes/kubernetes-object.ts'
import type { PlannedText } from '../../../../domain/wizards/wizard.ts'
import { groupOf } from '../../../../domain/kubernetes/kubernetes-object.ts'
import { parseManifest } from '../../../../domain/yaml/manifest.ts'
import { printObject } from '../../../../domain/yaml/print-object.ts'
import type { Draft, TextOrigin } from '../../../../shared/contract/workspace.ts'
import { findObject } from '../../../state/cluster.ts'
import { context } from '../../../state/contexts.ts'
import { changeText, drafts, openText } from '../../../state/drafts.ts'

const isAbout = (draft: Draft, { apiVersion, kind, metadata }: KubernetesObject): boolean => {
  const { origin, text } = draft
  if (origin.kind === 'object' && origin.context !== context.value) return false
  const own = origin.kind === 'object' ? origin.namespace : undefined
  return parseManifest(text).documents.some(
    document =>
      document.kind === kind &&
      groupOf(document.apiVersion ?? '') === groupOf(apiVersion) &&
      document.name === metadata.name &&
      (document.namespace ?? own ?? metadata.namespace) === metadata.namespace,
  )
}

/** The open text that an object is written in; a changed one before one that is only looked at. */
export function draftOf(object: KubernetesObject): Draft | undefined {
  const all = [...drafts.value.values()].filter(draft => isAbout(draft, object))
  return all.find(({ text, base }) => text !== base) ?? all[0]
}

export function originOf({ apiVersion, kind, metadata }: KubernetesObject): TextOrigin {
  const { namespace = '', name } = metadata
  return { kind: 'object', context: context.value, apiVersion, objectKind: kind, namespace, name }
}

/** Puts what a wizard wrote into the texts that it changed, or into new ones. Returns the drafts' ids. */
export function openPlanned(texts: readonly PlannedText[]): readonly string[] {
  return texts.map(({ object, text, before }) => {
    const open = before === undefined ? undefined : draftOf(object)
    const { apiVersion, kind, metadata } = object
    const { namespace, name } = metadata
    const live = findObject({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) })
    const id = open?.id ?? openText(originOf(object), live === undefined ? '' : printObject(live))
    changeText(id, text)
    return id
  })
}
