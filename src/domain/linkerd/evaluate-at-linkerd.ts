import type { Mesh } from '../istio/mesh.ts'
import { selects } from '../istio/named-object.ts'
import { portOf } from '../istio/service.ts'
import { visibleServices } from '../istio/visibility.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { DestinationOutcome } from '../routing/endpoint/evaluate-destination.ts'
import type { ConsideredRule, Decision, Destination } from '../routing/decision.ts'
import type { RequestView } from '../routing/route/request-view.ts'
import { viewRequest } from '../routing/route/request-view.ts'
import type { DestinationWorkload } from '../routing/endpoint/workloads-behind.ts'
import { workloadsBehind } from '../routing/endpoint/workloads-behind.ts'
import type { LinkerdClient } from './admit-client.ts'
import type { InboundVerdict, InboundWorkload } from './authorize-inbound.ts'
import { authorizeInbound } from './authorize-inbound.ts'
import { probePathsOf } from './probe-paths.ts'
import { usesLinkerd } from './uses-linkerd.ts'

/** What Linkerd's proxy at a destination says, with the rule that it follows and what it cannot tell. */
export interface LinkerdArrival {
  readonly arrival: DestinationOutcome
  readonly considered: readonly ConsideredRule[]
  readonly unknown: readonly string[]
}

/** What the workloads behind a destination do with the request as it leaves; once where they say the same. */
export function evaluateAtLinkerd(
  mesh: Mesh,
  objects: readonly KubernetesObject[],
  client: LinkerdClient,
  view: RequestView,
  leaving: Decision['request'],
  destination: Destination,
): readonly LinkerdArrival[] {
  const { from } = view.request
  const { path, headers } = destination.request ?? leaving
  const inbound = viewRequest({ ...view.request, path, headers }, 'mesh', destination.port)
  const service = visibleServices(mesh, from.namespace).get(destination.host)
  const target = service && portOf(service, destination.port)?.targetPort
  const found = new Map<string, LinkerdArrival>()
  for (const behind of workloadsBehind(mesh, from, destination)) {
    const workload = describeWorkload(mesh, behind, typeof target === 'string' ? target : undefined)
    const isMeshed = usesLinkerd(objects, workload)
    const verdict = isMeshed
      ? authorizeInbound(objects, client, workload, inbound)
      : { isAllowed: true, unknown: [], considered: [], reason: 'it has no proxy of Linkerd' }
    const key = `${String(verdict.isAllowed)} ${verdict.reason}`
    if (!found.has(key)) found.set(key, arrive(destination, verdict, client.isMeshed && isMeshed))
  }
  return [...found.values()]
}

/** With the annotations and the name of the port, which only its pod or what makes it tells. */
function describeWorkload(
  mesh: Mesh,
  { namespace, labels, port }: DestinationWorkload,
  targetName: string | undefined,
): InboundWorkload {
  const pod = [...mesh.pods, ...mesh.templates].find(
    item => item.namespace === namespace && selects(labels, item.labels),
  )
  const portName = pod?.containerPorts.find(item => item.number === port)?.name ?? targetName
  return {
    namespace,
    labels,
    annotations: pod?.object.metadata.annotations ?? {},
    probePaths: pod === undefined ? [] : probePathsOf(pod, port),
    ...(port === undefined ? {} : { port }),
    ...(portName === undefined ? {} : { portName }),
  }
}

function arrive(
  { host, subset, weight }: Destination,
  { isAllowed, status, by, reason, unknown, considered }: InboundVerdict,
  isMutual: boolean,
): LinkerdArrival {
  return {
    arrival: {
      host,
      ...(subset === undefined ? {} : { subset }),
      weight,
      tls: isMutual ? 'mutual' : 'none',
      isAccepted: isAllowed,
      ...(isAllowed ? {} : { status: status ?? 403, reason: 'denied' }),
      ...(isAllowed || by === undefined ? {} : { deniedBy: by }),
      explanation: reason,
    },
    considered: [...(by === undefined ? [] : [{ route: by, matched: !isAllowed, reason }]), ...considered],
    unknown,
  }
}
