import type { Forward } from '../../../shared/contract/forwards.ts'
import type { TaskLink } from '../../../shared/contract/setup/local-mesh.ts'
import type { ClusterWork } from '../local-mesh/in-cluster-step.ts'

export interface ForwardWish {
  readonly title: string
  readonly namespace: string
  readonly service: string
  readonly port: number
}

/** A forward that does not stand by then is named; it goes on trying by itself. */
const STANDS_WITHIN = 10_000

/** A forward on 127.0.0.1 to a Service, and where it is when it stands; undefined where it has no local port. */
export async function openForward(
  { setting: { forwards }, context, step }: Pick<ClusterWork, 'setting' | 'context' | 'step'>,
  { title, namespace, service, port }: ForwardWish,
): Promise<TaskLink | undefined> {
  step.report(undefined, title)
  const target = { kind: 'Service', namespace, name: service } as const
  const { id } = await forwards.startForward(
    { context, target, port: String(port), reach: 'this-machine' },
    step.signal,
  )
  const forward = await waitForForward({ forwards, context, id, signal: step.signal })
  step.signal.throwIfAborted()
  if (forward?.state.kind !== 'ready')
    step.log(
      `The forward to ${namespace}/${service} does not stand yet${describe(forward)}. It goes on by itself`,
    )
  if (forward?.localPort === undefined) return undefined
  return { title, url: `http://localhost:${forward.localPort}/`, isForward: true }
}

async function waitForForward({
  forwards,
  context,
  id,
  signal,
}: Pick<ClusterWork['setting'], 'forwards'> & {
  readonly context: string
  readonly id: string
  readonly signal: AbortSignal
}): Promise<Forward | undefined> {
  const late = AbortSignal.timeout(STANDS_WITHIN)
  let last: Forward | undefined
  for await (const all of forwards.watchForwards({ context }, AbortSignal.any([signal, late]))) {
    last = all.find(each => each.id === id)
    if (last?.state.kind !== undefined && last.state.kind !== 'starting' && last.state.kind !== 'stopped')
      return last
  }
  return last
}

function describe(forward: Forward | undefined): string {
  const state = forward?.state
  if (state?.kind === 'waiting') return `: ${state.reason}`
  if (state?.kind === 'broken' || state?.kind === 'port-taken') return `: ${state.problem.message}`
  return ''
}
