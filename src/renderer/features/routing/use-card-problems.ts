import { computed, onScopeDispose, watch, type ComputedRef } from 'vue'
import { formatPath, type Path } from '../../../domain/yaml/path.ts'
import { findingsOf } from '../../state/checks.ts'
import { cluster } from '../../state/cluster.ts'
import { setProblems } from '../../state/problems.ts'
import type { ObjectModel } from './cards/object-model.ts'
import {
  listDestinationRuleProblems,
  listModelProblems,
  placeRouteProblems,
  withoutListed,
} from './collect-problems.ts'
import type { DraftedMesh } from './use-drafted-mesh.ts'

const SOURCE = 'routing'

/**
 * Lists what the cards of the open object warn of in the Problems panel, whatever its kind, beside what the checks list
 * there for the whole cluster; only inside `setup`.
 */
export function useCardProblems({
  drafted: { mesh, namespace, hosts, problems, rule },
  model,
  kind,
  name,
  lineOf,
  open,
}: {
  drafted: DraftedMesh
  model: ComputedRef<ObjectModel | undefined>
  kind: ComputedRef<string>
  name: ComputedRef<string>
  lineOf: (path: Path) => number | undefined
  open: (path: Path) => void
}): void {
  const own = computed(() => {
    if (!cluster.value.isLoaded) return []
    if (kind.value === 'VirtualService') return placeRouteProblems(problems.value)
    const place = { mesh: mesh.value, namespace: namespace.value, hosts: hosts.value }
    if (kind.value === 'DestinationRule') return listDestinationRuleProblems(place, rule.value)
    return model.value === undefined ? [] : listModelProblems(model.value)
  })
  const found = computed(() => {
    const listed = findingsOf(kind.value, namespace.value, name.value)
    return withoutListed(
      own.value,
      listed.map(({ path }) => path),
    )
  })
  watch(
    [found, kind, name],
    ([placed]) =>
      setProblems(
        SOURCE,
        placed.map(({ path, problem: { severity, message } }) => {
          const line = lineOf(path)
          return {
            severity,
            subject: `${kind.value} ${name.value}`,
            problem: {
              code: 'invalid',
              message,
              at: formatPath(path),
              ...(line === undefined ? {} : { line }),
            },
            open: () => open(path),
          }
        }),
      ),
    { immediate: true },
  )
  onScopeDispose(() => setProblems(SOURCE, []))
}
