import { inject, provide, type ComputedRef, type InjectionKey } from 'vue'
import type { Mesh } from '../../../domain/istio/mesh.ts'
import type { RouteModel } from './read-route.ts'
import type { RouteProblem } from './route-problems.ts'
import type { LiveFigure, RatedTarget } from './rule-rates.ts'

/** What the cards of one open object share: the mesh as it would be with the draft in it. */
export interface RouteContext {
  readonly mesh: ComputedRef<Mesh>
  /** The object's namespace, which completes short names. */
  readonly namespace: ComputedRef<string>
  readonly problems: ComputedRef<readonly RouteProblem[]>
  /** Names of Services to offer, short where they are of the object's namespace. */
  readonly hosts: ComputedRef<readonly string[]>
  readonly subsetsOf: (host: string) => readonly string[]
  /** The rules as they are in the cluster now, where the object is there. */
  readonly live: ComputedRef<RouteModel | undefined>
  /** What flows from a rule to one of its destinations; undefined until it is measured. */
  readonly rateOf: (rule: number, targets: readonly RatedTarget[], index: number) => LiveFigure | undefined
  /** By rule: what the tested request found; empty while nothing is tested. */
  readonly verdicts: ComputedRef<ReadonlyMap<number, { readonly matched: boolean; readonly reason: string }>>
}

const key: InjectionKey<RouteContext> = Symbol('route-context')

export const provideRouteContext = (context: RouteContext): void => provide(key, context)

/** Only inside `setup` of a component under the routing editor. */
export function useRouteContext(): RouteContext {
  const context = inject(key)
  if (context === undefined) throw new Error('useRouteContext needs a parent that got provideRouteContext')
  return context
}
