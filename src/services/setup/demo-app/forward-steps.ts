import { localMesh, type TaskLink } from '../../../shared/contract/setup/local-mesh.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { outcomeState } from '../../tasks/step-state.ts'
import type { StepContext, StepDefinition } from '../../tasks/task.ts'
import { findTraceSource } from '../../traces/find-source.ts'
import { findPrometheus } from '../add-ons/find-prometheus.ts'
import { stepsIn } from '../steps/change-step.ts'
import type { DemoAppDependencies } from './demo-app-dependencies.ts'
import { WARNINGS, type DemoAppOptions } from './demo-app-options.ts'
import { DEMO_NAMESPACE, findDemoApp } from './find-demo-app.ts'
import { findIngress } from './find-ingress.ts'
import { openForward, type ForwardRequest } from './open-forward.ts'
import { probeGateway } from './probe-gateway.ts'

/** An address in the same network answers in a few milliseconds. */
const PROBE_TIMEOUT_MS = 1_000

/** Opens forwards to what no port of this machine reaches, and keeps the addresses as the outcome of the task. */
export const forwardSteps = (
  dependencies: DemoAppDependencies,
  options: DemoAppOptions,
): readonly StepDefinition[] => [
  stepsIn(dependencies, options.context).change('forwards', 'Open forwards', (client, step) =>
    openForwards(dependencies, client, options, step),
  ),
]

async function openForwards(
  { forwards }: DemoAppDependencies,
  client: KubernetesClient,
  options: DemoAppOptions,
  step: StepContext,
): Promise<void> {
  const { signal, log } = step
  const { context } = options
  const open = (request: ForwardRequest): Promise<TaskLink | undefined> =>
    openForward(forwards, context, request, step)
  const [app, jaeger, prometheus] = await Promise.all([
    linkToApp(client, options, open, step),
    findTraceSource(client, signal),
    findPrometheus(client, signal),
  ])
  const requests: readonly ForwardRequest[] = [
    ...(jaeger ? [{ ...jaeger, title: 'Jaeger' }] : []),
    ...(prometheus ? [{ ...prometheus, title: 'Prometheus', service: prometheus.name }] : []),
  ]
  const links: TaskLink[] = app ? [app] : []
  for (const request of requests) {
    const link = await open(request)
    if (link) links.push(link)
  }
  for (const { title, url } of links) log(`${title}: ${url}`)
  step.state.set(outcomeState(localMesh), { context, links, warnings: step.state.get(WARNINGS) ?? [] })
}

async function linkToApp(
  client: KubernetesClient,
  { mesh, target }: DemoAppOptions,
  open: (request: ForwardRequest) => Promise<TaskLink | undefined>,
  { signal, report, log }: StepContext,
): Promise<TaskLink | undefined> {
  const title = 'The app'
  if (target.kind !== 'existing') {
    const { http } = target.ports
    return { title, url: `http://localhost${http === 80 ? '' : `:${http}`}/`, isForward: false }
  }
  const ingress = mesh === 'istio' ? await findIngress(client, signal) : undefined
  if (ingress?.url !== undefined) {
    report(undefined, ingress.url)
    if (await probeGateway(ingress.url, PROBE_TIMEOUT_MS, signal))
      return { title, url: ingress.url, isForward: false }
    log(`${ingress.url} is the gateway's address, but it does not answer there from this machine`)
  }
  const namespace = (await findDemoApp(client, signal)) ?? DEMO_NAMESPACE
  return await open(
    ingress
      ? { title, namespace: ingress.namespace, service: ingress.name, port: 80 }
      : { title, namespace, service: 'frontend', port: 80 },
  )
}
