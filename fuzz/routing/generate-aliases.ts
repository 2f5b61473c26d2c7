import type { KnownService } from './generate-services.ts'
import type { Random } from './random.ts'
import type { Fields } from './world.ts'
import { metadata, namespaces } from './world.ts'

/** An ExternalName Service: another name of a known host, of another alias, or of a host that nothing knows. */
export function generateAlias(
  random: Random,
  index: number,
  known: readonly KnownService[],
): [Fields, KnownService] {
  const name = `alias-${String(index)}`
  const namespace = random.pick(namespaces.slice(0, 2))
  const target = random.pick(known.filter(({ host }) => !host.startsWith('*')))
  const ports = random.isTrue(0.3) ? [] : target.ports.filter(port => port.isHttp)
  const own = metadata(random, name, namespace)
  const isKnown = random.isTrue(0.85)
  const object = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: own,
    spec: {
      type: 'ExternalName',
      externalName: isKnown ? target.host : 'api.unknown.example',
      ...(ports.length === 0
        ? {}
        : { ports: ports.map(({ number }) => ({ port: number, name: `http-${String(number)}` })) }),
    },
  }
  return [
    object,
    {
      name,
      namespace,
      host: `${name}.${namespace}.svc.cluster.local`,
      // The name leads to the target's address, where a port of which the protocol is detected has a listener.
      ...(isKnown ? { listenerHost: target.listenerHost ?? target.host } : {}),
      ports: isKnown ? target.ports : target.ports.filter(({ isDetected }) => !isDetected),
    },
  ]
}
