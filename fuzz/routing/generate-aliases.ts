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
  const object = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(random, name, namespace),
    spec: {
      type: 'ExternalName',
      externalName: random.isTrue(0.85) ? target.host : 'api.unknown.example',
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
      // A port of which the protocol is detected has a listener at the target's own address.
      ports: target.ports.filter(({ isDetected }) => !isDetected),
    },
  ]
}
