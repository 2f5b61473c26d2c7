import { decideSimulated } from '../simulation/decide-simulated.ts'
import type { SimulatedMesh } from '../simulation/simulated-mesh.ts'
import type { TrafficEdge } from '../traffic/traffic-snapshot.ts'
import { exampleRequests } from './example-requests.ts'

/** What denies the requests between two services. */
export interface EdgeDenial {
  readonly policies: readonly {
    readonly kind: string
    readonly namespace: string
    readonly name: string
    readonly explanation: string
  }[]
  /** Whether every request that the rules tell apart is denied. */
  readonly isForAll: boolean
}

/**
 * The policies that deny requests of an edge, found by deciding a request for each condition of the rules; undefined
 * where nothing of them can be decided. Without policies the objects deny none: the application did, or what they do
 * not tell.
 */
export function findEdgeDenial(
  simulated: SimulatedMesh,
  edge: Pick<TrafficEdge, 'source' | 'target' | 'protocol'>,
): EdgeDenial | undefined {
  const examples = exampleRequests(simulated, simulated, edge)
  if (typeof examples === 'string') return undefined
  const policies = new Map<string, EdgeDenial['policies'][number]>()
  let isForAll = true
  const [first] = examples.forms
  // A token that is not valid is refused where one that is missing is not.
  const withToken = { ...first, headers: { ...first.headers, authorization: 'Bearer invalid' } }
  const extra = simulated.mesh.requestAuthentications.length > 0 ? [withToken] : []
  for (const form of [...examples.forms, ...extra]) {
    const decision = decideSimulated(simulated, form)
    const refused = decision.arrivals.filter(({ isAccepted }) => !isAccepted)
    const own = decision.considered.find(({ route }) => route.name === decision.deniedBy?.name)
    const found = [
      ...(decision.deniedBy === undefined
        ? []
        : [{ ...decision.deniedBy, explanation: refused[0]?.explanation ?? own?.reason ?? '' }]),
      ...refused.flatMap(({ deniedBy, explanation }) =>
        deniedBy === undefined ? [] : [{ ...deniedBy, explanation }],
      ),
    ]
    if (form !== withToken && decision.reason !== 'denied' && decision.reason !== 'mtls-error')
      isForAll = false
    for (const { kind, namespace, name, explanation } of found) {
      const key = `${kind} ${namespace}/${name}`
      if (!policies.has(key)) policies.set(key, { kind, namespace, name, explanation })
    }
  }
  return { policies: [...policies.values()], isForAll }
}
