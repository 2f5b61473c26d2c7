import { isDeepEqual } from '../yaml/deep-equal.ts'
import { serviceField, versionField, versionOptions } from './common-fields.ts'
import { defineWizard } from './define-wizard.ts'
import {
  forwardingRules,
  hostFor,
  openDefaultRule,
  openSubsets,
  openVirtualService,
} from './routing-texts.ts'

/** Sends a share of a Service's requests to a new version. */
export const canaryByWeight = defineWizard({
  id: 'canary-by-weight',
  title: 'Canary by weight',
  explains: 'Sends a share of the requests to a new version and the rest to the stable one.',
  fields: (world, answers) => {
    const versions = versionOptions(world, answers)
    return [
      serviceField(world),
      versionField('stable', 'Stable version', versions, 0),
      versionField('canary', 'New version', versions, -1),
      { name: 'share', kind: 'percentage', label: 'Share of the new version', default: 10 },
    ]
  },
  read: reader => {
    const service = reader.service('service')
    const stable = reader.version('stable', service)
    const canary = reader.version('canary', service)
    if (stable !== undefined && isDeepEqual(stable, canary))
      reader.refuse('canary', 'is the same as the stable version')
    return { service, stable, canary, share: reader.number('share', 0, 100) }
  },
  write: ({ service, stable, canary, share }, texts) => {
    if (service === undefined || stable === undefined || canary === undefined) return []
    const [stableSubset = '', canarySubset = ''] = openSubsets(texts, service, [stable, canary])
    const open = openVirtualService(texts, service)
    const rule = openDefaultRule(texts, open, service)
    const host = hostFor(open, service)
    texts.apply(open, {
      kind: 'setPath',
      path: ['spec', 'http', rule.index, 'route'],
      value: [
        { destination: { host, subset: stableSubset }, weight: 100 - share },
        { destination: { host, subset: canarySubset }, weight: share },
      ],
    })
    const others = forwardingRules(texts, open).length - 1
    return [
      `${String(share)}% of the requests to ${service.name} go to ${canary.name}, the rest to ${stable.name}`,
      ...(others > 0 ? [`${String(others)} other rules stay as they are`] : []),
    ]
  },
})
