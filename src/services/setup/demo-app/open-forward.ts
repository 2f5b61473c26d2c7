import type { Forward } from '../../../shared/contract/forwards.ts'
import type { TaskLink } from '../../../shared/contract/setup/local-mesh.ts'
import type { StepContext } from '../../tasks/task.ts'
import type { DemoAppDependencies } from './demo-app-dependencies.ts'

type Forwards = DemoAppDependencies['forwards']

export interface ForwardRequest {
  readonly title: string
  readonly namespace: string
  readonly service: string
  readonly port: number
}

/** A forward that is not open by then is named; it keeps trying by itself. */
const OPEN_TIMEOUT_MS = 10_000

/** A forward on 127.0.0.1 to a Service, and where it is once it is open; undefined where it has no local port. */
export async function openForward(
  forwards: Forwards,
  context: string,
  { title, namespace, service, port }: ForwardRequest,
  { signal, report, log }: Pick<StepContext, 'signal' | 'report' | 'log'>,
): Promise<TaskLink | undefined> {
  report(undefined, title)
  const target = { kind: 'Service', namespace, name: service } as const
  const { id } = await forwards.startForward(
    { context, target, port: String(port), reach: 'this-machine' },
    signal,
  )
  const forward = await waitForForward(forwards, context, id, signal)
  signal.throwIfAborted()
  if (forward?.state.kind !== 'ready')
    log(`The forward to ${namespace}/${service} is not open yet${describe(forward)}. It keeps trying`)
  if (forward?.localPort === undefined) return undefined
  return { title, url: `http://localhost:${forward.localPort}/`, isForward: true }
}

async function waitForForward(
  forwards: Forwards,
  context: string,
  id: string,
  signal: AbortSignal,
): Promise<Forward | undefined> {
  const late = AbortSignal.timeout(OPEN_TIMEOUT_MS)
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
