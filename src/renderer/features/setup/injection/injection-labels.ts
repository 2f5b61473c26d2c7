import type { InjectionEffect } from '../../../../domain/setup/injection/plan-injection.ts'
import type { NamespaceInjection } from '../../../../domain/setup/injection/namespace-injection.ts'
import type { InjectionChange } from '../../../../domain/setup/injection/injection-change.ts'
import type {
  InjectionCounts,
  InjectionGroup,
  NamespaceSummary,
  WorkloadInjection,
} from '../../../../domain/setup/injection/summarize-injection.ts'
import type { InjectionReport } from '../../../../shared/contract/setup/injection.ts'

export type Tone = 'plain' | 'good' | 'warning' | 'bad'

export const countOf = (count: number, noun: string): string =>
  `${String(count)} ${noun}${count === 1 ? '' : 's'}`

/** What a namespace asks for, in a few words. */
export function formatMode({ mode, marks, revision }: NamespaceInjection): string {
  switch (mode) {
    case 'sidecar':
      return revision === undefined ? 'Sidecars' : `Sidecars of revision ${revision}`
    case 'ambient':
      return 'Ambient'
    case 'linkerd':
      return marks.some(mark => mark.endsWith('ingress')) ? 'Linkerd, ingress' : 'Linkerd'
    case 'off':
      return 'Opted out'
    case 'none':
      return 'Not set'
  }
}

/** `3 of 4`, without what cannot be in a mesh. */
export const formatShare = ({ pods, exempt, in: inside }: InjectionCounts): string =>
  pods === exempt
    ? pods === 0
      ? 'no pods'
      : 'not for a mesh'
    : `${String(inside)} of ${String(pods - exempt)}`

/** The one thing to know of a workload first. */
export function formatWorkload({ counts, groups }: WorkloadInjection): {
  readonly text: string
  readonly tone: Tone
} {
  if (counts.pods === 0) return { text: 'No pods', tone: 'plain' }
  if (counts.pods === counts.exempt) return { text: 'Not for a mesh', tone: 'plain' }
  if (counts.late > 0) return { text: 'In the mesh after a restart', tone: 'warning' }
  if (counts.leaving > 0) return { text: 'Loses its proxy at a restart', tone: 'warning' }
  if (counts.out > 0) return { text: 'Not in the mesh', tone: counts.in > 0 ? 'warning' : 'plain' }
  if (groups.some(({ skew }) => skew?.state === 'unsupported' || skew?.state === 'ahead'))
    return { text: 'Proxy not supported', tone: 'bad' }
  if (counts.behind > 0) return { text: 'Proxy outdated', tone: 'warning' }
  return { text: 'In the mesh', tone: 'good' }
}

export const groupTone = ({ state, skew, restart }: InjectionGroup): Tone => {
  if (skew?.state === 'unsupported' || skew?.state === 'ahead') return 'bad'
  if (restart !== undefined) return 'warning'
  return state === 'in' ? 'good' : 'plain'
}

export const formatGroup = ({ state }: InjectionGroup): string =>
  ({ in: 'In the mesh', out: 'Not in the mesh', exempt: 'Not for a mesh' })[state]

/** The versions of the proxies of a workload. */
export const formatVersions = ({ groups }: WorkloadInjection): string =>
  [...new Set(groups.flatMap(({ version }) => version ?? []))].sort().join(', ')

export const filters = [
  { value: 'all', label: 'All' },
  { value: 'out', label: 'Not in the mesh' },
  { value: 'behind', label: 'To restart' },
  { value: 'problem', label: 'With a problem' },
] as const
export type InjectionFilter = (typeof filters)[number]['value']

export function fitsFilter({ counts, injection }: NamespaceSummary, filter: InjectionFilter): boolean {
  switch (filter) {
    case 'all':
      return true
    case 'out':
      return counts.out > 0
    case 'behind':
      return counts.behind + counts.late + counts.leaving > 0
    case 'problem':
      return injection.problem !== undefined
  }
}

export interface ChangeOption {
  readonly value: string
  readonly label: string
  readonly change: InjectionChange
}

/** The changes that the installed meshes allow. */
export function changeOptions(report: InjectionReport, isWorkload: boolean): readonly ChangeOption[] {
  const { hasIstio, hasAmbient, hasLinkerd, revisions } = report
  const option = (value: string, label: string, change: InjectionChange): ChangeOption => ({
    value,
    label,
    change,
  })
  return [
    ...(hasIstio
      ? [
          option(
            'default',
            isWorkload ? 'Sidecar (sidecar.istio.io/inject: "true")' : 'Sidecars (istio-injection=enabled)',
            { kind: 'default' },
          ),
          ...revisions.map(revision =>
            option(`revision/${revision}`, `Sidecars of revision ${revision} (istio.io/rev=${revision})`, {
              kind: 'revision',
              revision,
            }),
          ),
        ]
      : []),
    ...(hasAmbient
      ? [
          option('ambient', 'Ambient, without sidecars (istio.io/dataplane-mode=ambient)', {
            kind: 'ambient',
          }),
        ]
      : []),
    ...(hasLinkerd
      ? [
          option('linkerd', 'Linkerd (linkerd.io/inject: enabled)', { kind: 'linkerd', isIngress: false }),
          option('linkerd-ingress', 'Linkerd for an ingress (linkerd.io/inject: ingress)', {
            kind: 'linkerd',
            isIngress: true,
          }),
        ]
      : []),
    option('off', 'Explicitly not in the mesh', { kind: 'off' }),
    option('unset', isWorkload ? 'As its namespace is set' : 'Not set (no label)', { kind: 'unset' }),
  ]
}

/** An effect as a sentence. */
export function formatEffect({ workload, pods, effect, message = '' }: InjectionEffect): string {
  const who = `${workload.kind} ${workload.name}`
  const count = countOf(pods, 'pod')
  switch (effect) {
    case 'gains':
      return `${who}, ${count} without a proxy: a restart brings one to each.`
    case 'loses':
      return `${who}, ${count} with a proxy: a restart removes it.`
    case 'updates':
      return `${who}, ${count} with another proxy: a restart brings the new one.`
    case 'joins':
      return `${who}, ${count}: in the mesh at once, without a restart.`
    case 'leaves':
      return `${who}, ${count}: out of the mesh at once.`
    case 'stays':
      return `${who}, ${count}: still not in the mesh. ${message}.`
  }
}

/** What a restart does to a workload. */
export const formatRestart = ({ counts }: WorkloadInjection): string =>
  [
    ...(counts.late > 0 ? [`${countOf(counts.late, 'pod')} without a proxy to get one`] : []),
    ...(counts.behind > 0
      ? [`${countOf(counts.behind, 'pod')} with an outdated proxy to get the new one`]
      : []),
    ...(counts.leaving > 0 ? [`${countOf(counts.leaving, 'pod')} with a proxy to lose it`] : []),
  ].join(', ')

export const needsRestart = ({ effect }: InjectionEffect): boolean =>
  effect === 'gains' || effect === 'loses' || effect === 'updates'
