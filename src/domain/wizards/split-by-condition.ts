import type { MeshService } from '../istio/service.ts'
import type { OpenText, PlannedTexts } from './planned-texts.ts'
import type { Version } from './service-options.ts'
import { hostFor, openDefaultRule, openSubsets, openVirtualService } from './routing-texts.ts'

/** What tells the requests of a group from the others: a header and how it is compared. */
export interface GroupCondition {
  readonly header: string
  readonly how: 'exact' | 'regex'
  readonly value: string
}

/** Puts a rule first that sends a group's requests to one version; the others go to another one. */
export function splitByCondition(
  texts: PlannedTexts,
  service: MeshService,
  {
    group,
    others,
    condition,
  }: {
    readonly group: Version
    readonly others: Version
    readonly condition: GroupCondition
  },
): OpenText {
  const [groupSubset = '', othersSubset = ''] = openSubsets(texts, service, [group, others])
  const open = openVirtualService(texts, service)
  const rule = openDefaultRule(texts, open, service)
  const host = hostFor(open, service)
  texts.apply(
    open,
    {
      kind: 'setPath',
      path: ['spec', 'http', rule.index, 'route'],
      value: [{ destination: { host, subset: othersSubset } }],
    },
    {
      kind: 'insertItem',
      path: ['spec', 'http'],
      index: 0,
      value: {
        match: [{ headers: { [condition.header]: { [condition.how]: condition.value } } }],
        route: [{ destination: { host, subset: groupSubset } }],
      },
    },
  )
  return open
}
