import { fieldsOf, listOf, textOf, textsOf } from '../istio/fields/read-fields.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'
import type { Check, Finding } from './check.ts'

/** IST0134: without addresses a TCP port takes every connection to the port that no other service takes. */
export const serviceEntryAddresses: Check = ({ objects, mesh }) =>
  objects.flatMap((object): readonly Finding[] => {
    if (object.kind !== 'ServiceEntry' || groupOf(object.apiVersion) !== 'networking.istio.io') return []
    const spec = fieldsOf(object.spec)
    if (textsOf(spec['addresses']).length > 0) return []
    return listOf(spec['ports']).flatMap((item, index): readonly Finding[] => {
      const port = fieldsOf(item)
      const protocol = (textOf(port['protocol']) ?? 'TCP').toUpperCase()
      if (protocol !== 'TCP') return []
      const number = Number(port['number'])
      const shared = mesh.services.find(service => service.ports.some(own => own.number === number))
      return [
        {
          code: 'IST0134',
          severity: 'warning',
          object,
          path: `spec.ports[${String(index)}].protocol`,
          message: `A TCP port needs addresses, by which connections are told apart${shared === undefined ? '' : `; without them requests on port ${String(number)} go where the HTTP services of the port send them, such as Service ${shared.namespace}/${shared.name}`}`,
        },
      ]
    })
  })
