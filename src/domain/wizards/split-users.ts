import { serviceField, versionField, versionOptions } from './common-fields.ts'
import { defineWizard } from './define-wizard.ts'
import type { GroupCondition } from './split-by-condition.ts'
import { splitByCondition } from './split-by-condition.ts'

const ways = ['header', 'cookie', 'group'] as const

const quote = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** A cookie stands among others in one header; a group is one of several values of a header. */
function conditionOf(way: (typeof ways)[number], name: string, value: string): GroupCondition {
  switch (way) {
    case 'header':
      return { header: name.toLowerCase(), how: 'exact', value }
    case 'cookie':
      return { header: 'cookie', how: 'regex', value: `(.*; *)?${quote(name)}=${quote(value)}(;.*)?` }
    case 'group': {
      const groups = value.split(',').map(one => quote(one.trim()))
      return { header: name.toLowerCase(), how: 'regex', value: groups.join('|') }
    }
  }
}

/** An A/B test: two versions for two groups of users, each user always in the same one. */
export const splitUsers = defineWizard({
  id: 'split-users',
  title: 'A/B test',
  explains: 'Shows one version to a group of users and the other to everyone else, the same one each time.',
  fields: (world, answers) => {
    const versions = versionOptions(world, answers)
    const way = answers['way'] ?? 'header'
    return [
      serviceField(world),
      versionField('versionA', 'Version A, for everyone else', versions, 0),
      versionField('versionB', 'Version B, for the group', versions, -1),
      {
        name: 'way',
        kind: 'choice',
        label: 'The group is told by',
        default: 'header',
        options: [
          { value: 'header', label: 'A header' },
          { value: 'cookie', label: 'A cookie' },
          { value: 'group', label: 'A header with the user’s group' },
        ],
      },
      {
        name: 'name',
        kind: 'text',
        label: way === 'cookie' ? 'Name of the cookie' : 'Header',
        default: way === 'cookie' ? 'group' : way === 'group' ? 'x-user-group' : 'x-variant',
      },
      {
        name: 'value',
        kind: 'text',
        label: way === 'group' ? 'Groups, separated by commas' : 'Value',
        default: way === 'group' ? 'beta, staff' : 'b',
      },
    ]
  },
  read: reader => {
    const service = reader.service('service')
    return {
      service,
      versionA: reader.version('versionA', service),
      versionB: reader.version('versionB', service),
      condition: conditionOf(reader.choice('way', ways), reader.text('name'), reader.text('value')),
    }
  },
  write: ({ service, versionA, versionB, condition }, texts) => {
    if (service === undefined || versionA === undefined || versionB === undefined) return []
    splitByCondition(texts, service, { group: versionB, others: versionA, condition })
    return [
      `Requests to ${service.name} whose header ${condition.header} matches ${condition.value} go to ${versionB.name}`,
      `All other requests that no earlier rule takes go to ${versionA.name}`,
    ]
  },
})
