import { computed, shallowRef, watch } from 'vue'
import { CHECKS, makeReport, type CheckReport, type Finding } from '../../domain/checks/index.ts'
import {
  groupOf,
  resourceIdOf,
  resourceKey,
  type KubernetesObject,
  type ResourceId,
} from '../../domain/kubernetes/kubernetes-object.ts'
import { objectsOfText } from '../../domain/kubernetes/overlay-objects.ts'
import { parseManifest } from '../../domain/yaml/manifest.ts'
import { cluster, findObject } from './cluster.ts'
import { context } from './contexts.ts'
import { changedDrafts } from './drafts.ts'
import { openEditor, openResource, openRouting } from './navigation.ts'
import { setProblems, type ListedProblem } from './problems.ts'
import { draftedMesh } from './route-tests.ts'
import { isRoutedKind } from './routed-kinds.ts'

/** Nothing is checked until the cluster and the texts have been still for so long. */
const CHECK_AFTER_MS = 300
/** Or until they have changed for so long. */
const MAX_WAIT_MS = 2000

/** What the checks found in the live objects with all drafts laid over them; undefined before the first run. */
export const checkReport = shallowRef<CheckReport>()

/** Kinds whose objects could not be read, so that they were not checked: `group/Kind`. */
export const uncheckedKinds = computed<readonly string[]>(() => [...cluster.value.problems.keys()])

const SOURCE = 'checks'

/** Checks everything again a moment after the cluster or a text has changed, as long as the window is open. */
export function followChecks(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let changedAt: number | undefined
  let run = 0
  const forget = (): void => {
    run += 1
    checkReport.value = undefined
    setProblems(SOURCE, [])
  }
  const check = async (): Promise<void> => {
    timer = undefined
    changedAt = undefined
    if (!cluster.value.isLoaded) return
    run += 1
    const own = run
    const { mesh, objects } = draftedMesh.value
    const checked = { mesh, objects, isWholeCluster: cluster.value.problems.size === 0 }
    const findings: Finding[] = []
    for (const each of CHECKS) {
      findings.push(...each(checked))
      // The window takes what the user does between two checks.
      await new Promise(resolve => setTimeout(resolve))
      if (own !== run) return
    }
    const report = makeReport(objects, findings)
    checkReport.value = report
    setProblems(SOURCE, report.findings.map(listFinding))
  }
  const stop = watch(
    [cluster, changedDrafts, context],
    ([next]) => {
      if (!next.isLoaded) {
        clearTimeout(timer)
        forget()
        return
      }
      // A cluster that never keeps still is checked all the same.
      changedAt ??= performance.now()
      const waitMs = Math.max(0, Math.min(CHECK_AFTER_MS, changedAt + MAX_WAIT_MS - performance.now()))
      clearTimeout(timer)
      timer = setTimeout(() => void check(), waitMs)
    },
    { immediate: true },
  )
  return () => {
    stop()
    clearTimeout(timer)
    forget()
  }
}

function listFinding({ code, severity, object, path, message }: Finding): ListedProblem {
  const { kind, metadata } = object
  return {
    severity,
    subject: `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name} · ${code}`,
    problem: { code: 'invalid', message, at: path },
    open: () => openObject(object),
  }
}

/** Its form where it has one; an object that is only in a text opens in the editor. */
function openObject(object: KubernetesObject): void {
  const id = resourceIdOf(object)
  if (findObject(id) === undefined) {
    const key = resourceKey(id)
    const draft = changedDrafts.value.find(({ text }) =>
      objectsOfText(parseManifest(text), object.metadata.namespace ?? 'default').some(
        own => resourceKey(resourceIdOf(own)) === key,
      ),
    )
    if (draft !== undefined) {
      openEditor(draft.id)
      return
    }
  }
  if (isRoutedKind(groupOf(object.apiVersion), object.kind)) openRouting(id)
  else openResource(id)
}

/** What the checks say of one object, live or drafted. */
export const findingsOf = (kind: string, namespace: string, name: string): readonly Finding[] =>
  (checkReport.value?.findings ?? []).filter(
    ({ object }) =>
      object.kind === kind &&
      object.metadata.name === name &&
      (object.metadata.namespace ?? 'default') === namespace,
  )

/** What the checks say of some objects, or of others because of them. */
export function findingsAbout(ids: readonly ResourceId[]): readonly Finding[] {
  const keyOf = (kind: string, namespace: string | undefined, name: string): string =>
    `${kind} ${namespace ?? ''}/${name}`
  const keys = new Set(ids.map(({ kind, namespace, name }) => keyOf(kind, namespace, name)))
  return (checkReport.value?.findings ?? []).filter(
    ({ object: { kind, metadata }, related }) =>
      keys.has(keyOf(kind, metadata.namespace, metadata.name)) ||
      (related !== undefined && keys.has(keyOf(related.kind, related.namespace, related.name))),
  )
}
