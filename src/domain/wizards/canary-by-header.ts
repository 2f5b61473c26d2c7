import { serviceField, versionField, versionOptions } from './common-fields.ts'
import { defineWizard } from './define-wizard.ts'
import { splitByCondition } from './split-by-condition.ts'

/** Sends the requests with a header to a new version. */
export const canaryByHeader = defineWizard({
  id: 'canary-by-header',
  title: 'Canary by header',
  explains: 'Sends the requests that carry a header to a new version; all others go to the stable one.',
  fields: (world, answers) => {
    const versions = versionOptions(world, answers)
    return [
      serviceField(world),
      versionField('stable', 'Stable version', versions, 0),
      versionField('canary', 'New version', versions, -1),
      { name: 'header', kind: 'text', label: 'Header', default: 'user-type' },
      { name: 'value', kind: 'text', label: 'Value', default: 'beta' },
    ]
  },
  read: reader => {
    const service = reader.service('service')
    const header = reader.text('header').toLowerCase()
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]*$/.test(header)) reader.refuse('header', 'is no name of a header')
    return {
      service,
      stable: reader.version('stable', service),
      canary: reader.version('canary', service),
      header,
      value: reader.text('value'),
    }
  },
  write: ({ service, stable, canary, header, value }, texts) => {
    if (service === undefined || stable === undefined || canary === undefined) return []
    splitByCondition(texts, service, {
      group: canary,
      others: stable,
      condition: { header, how: 'exact', value },
    })
    return [
      `Requests to ${service.name} with the header ${header}: ${value} go to ${canary.name}`,
      `All other requests that no earlier rule takes go to ${stable.name}`,
    ]
  },
})
