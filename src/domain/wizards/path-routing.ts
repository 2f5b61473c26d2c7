import type { MeshService } from '../istio/service.ts'
import { valueAt } from '../yaml/path.ts'
import { isDeepEqual } from '../yaml/deep-equal.ts'
import { listOf, fieldsOf } from '../istio/fields/read-fields.ts'
import { serviceField } from './common-fields.ts'
import { defineWizard } from './define-wizard.ts'
import {
  gatewayField,
  NEW_GATEWAY,
  openGateway,
  readGatewayChoice,
  readHost,
  secretField,
} from './expose-service.ts'
import { findServiceNamed, meshOf, nameOfService } from './service-options.ts'
import { freeName, hostFor, newIstioObject, openDefaultRule } from './routing-texts.ts'
import type { PathAnswer, WizardWorld } from './wizard.ts'

/** A path for every Service but the one that takes the rest: `/api` for `api`. */
function suggestPaths({ objects }: WizardWorld, rest: unknown): readonly PathAnswer[] {
  const service = findServiceNamed(objects, rest)
  return meshOf(objects)
    .services.filter(one => one.namespace === service?.namespace && one !== service)
    .map(one => ({ path: `/${one.name}`, service: nameOfService(one) }))
}

interface PathRule {
  readonly path: string
  readonly service: MeshService
}

/** Several stacks behind one host, each under its own path. */
export const pathRouting = defineWizard({
  id: 'path-routing',
  title: 'Path routing for several stacks',
  explains:
    'Puts several Services behind one host: each gets the requests under its path, one gets the rest.',
  fields: (world, answers) => {
    const gateway = gatewayField(world)
    const rest = serviceField(world, 'Service for the rest')
    return [
      { name: 'host', kind: 'text', label: 'Host', default: '*' },
      gateway,
      ...((answers['gateway'] ?? gateway.default) === NEW_GATEWAY ? [secretField] : []),
      rest,
      {
        name: 'paths',
        kind: 'paths',
        label: 'Paths',
        ...(rest.options === undefined ? {} : { options: rest.options }),
        default: suggestPaths(world, answers['service'] ?? rest.default),
      },
    ]
  },
  read: reader => {
    const rules = reader.paths('paths').flatMap(({ path, service: name }): readonly PathRule[] => {
      const service = findServiceNamed(reader.world.objects, name)
      if (service === undefined) reader.refuse('paths', `names no Service: ${name}`)
      if (!path.startsWith('/')) reader.refuse('paths', `must begin with a slash: ${path}`)
      return service === undefined ? [] : [{ path, service }]
    })
    const paths = rules.map(({ path }) => path)
    const twice = paths.find((path, index) => paths.indexOf(path) !== index)
    if (twice !== undefined) reader.refuse('paths', `has ${twice} twice`)
    return {
      host: readHost(reader),
      choice: readGatewayChoice(reader),
      rest: reader.service('service'),
      // The first rule that fits wins, so the longest path goes first.
      rules: rules.toSorted((one, other) => other.path.length - one.path.length),
    }
  },
  write: ({ host, choice, rest, rules }, texts) => {
    if (rest === undefined) return []
    const { namespace } = rest
    const gatewayName = openGateway(texts, choice, host, namespace)
    const { gateway } = choice
    const known =
      gateway &&
      meshOf(texts.world.objects).virtualServices.find(
        ({ hosts, gateways }) =>
          hosts.includes(host) && gateways.includes(`${gateway.namespace}/${gateway.name}`),
      )
    const open =
      known === undefined
        ? texts.create(
            newIstioObject(
              'VirtualService',
              namespace,
              freeName(texts, 'VirtualService', namespace, 'app-routing'),
              {
                hosts: [host],
                gateways: [gatewayName],
                http: [{ route: [{ destination: { host: rest.name } }] }],
              },
            ),
          )
        : texts.edit(known.object)
    const last = openDefaultRule(texts, open, rest)
    const restRoute = [{ destination: { host: hostFor(open, rest) } }]
    texts.apply(open, { kind: 'setPath', path: ['spec', 'http', last.index, 'route'], value: restRoute })
    let index = 0
    for (const { path, service } of rules) {
      const route = [{ destination: { host: hostFor(open, service) } }]
      const match = [{ uri: { prefix: path } }]
      const present = listOf(valueAt(texts.valueOf(open), ['spec', 'http'])).findIndex(rule =>
        isDeepEqual(fieldsOf(rule)['match'], match),
      )
      if (present >= 0)
        texts.apply(open, { kind: 'setPath', path: ['spec', 'http', present, 'route'], value: route })
      else
        texts.apply(open, {
          kind: 'insertItem',
          path: ['spec', 'http'],
          index: index++,
          value: { match, route },
        })
    }
    return [
      ...rules.map(({ path, service }) => `Requests for ${host} under ${path} go to ${service.name}`),
      `All other requests for ${host} go to ${rest.name}`,
    ]
  },
})
