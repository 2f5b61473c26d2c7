import { serviceField, versionField, versionOptions } from './common-fields.ts'
import { defineWizard } from './define-wizard.ts'
import { forwardingRules, hostFor, openSubsets, openVirtualService } from './routing-texts.ts'

/** Sends copies of a Service's requests to another version. */
export const mirrorRequests = defineWizard({
  id: 'mirror-requests',
  title: 'Mirror requests',
  explains: 'Sends a copy of the requests to another version; its responses are discarded.',
  fields: (world, answers) => [
    serviceField(world),
    versionField('version', 'Version that gets the copies', versionOptions(world, answers), -1),
    { name: 'share', kind: 'percentage', label: 'Share of the requests', default: 100 },
  ],
  read: reader => {
    const service = reader.service('service')
    return { service, version: reader.version('version', service), share: reader.number('share', 0, 100) }
  },
  write: ({ service, version, share }, texts) => {
    if (service === undefined || version === undefined) return []
    const [subset = ''] = openSubsets(texts, service, [version])
    const open = openVirtualService(texts, service)
    for (const { index } of forwardingRules(texts, open))
      texts.apply(open, {
        kind: 'setMirror',
        rule: index,
        mirror: { host: hostFor(open, service), subset, percentage: share },
      })
    return [`Copies of ${String(share)}% of the requests to ${service.name} go to ${version.name}`]
  },
})
