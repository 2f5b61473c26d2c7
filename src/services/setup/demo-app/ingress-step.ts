import { localMesh, type TaskLink } from '../../../shared/contract/setup/local-mesh.ts'
import { outcomeState } from '../../tasks/step-state.ts'
import { findTraceSource } from '../../traces/find-source.ts'
import { findPrometheus } from '../local-mesh/add-ons-step.ts'
import { answersAsGateway } from './probe-gateway.ts'
import { applyFiles } from '../steps/apply-files.ts'
import { hasForeignDemoApp, WARNINGS } from './demo-app-step.ts'
import { DEMO_NAMESPACE, findDemoApp } from './find-demo-app.ts'
import { findIngress } from './find-ingress.ts'
import type { ClusterWork } from '../local-mesh/in-cluster-step.ts'
import { openForward, type ForwardWish } from './open-forward.ts'

/** An address in the same network answers in a few milliseconds. */
const ANSWERS_WITHIN = 1_000

/** The rules by which requests from outside come to the demo app. */
export async function openGateway({ setting, input, client, step }: ClusterWork): Promise<void> {
  const { signal, log } = step
  const namespace = await findDemoApp(client, signal)
  if (hasForeignDemoApp(namespace)) {
    log(`The demo app in ${namespace} has its own gateway: it is left as it is`)
    return
  }
  if (input.mesh === 'istio') {
    if (await findIngress(client, signal))
      await applyFiles(setting.manifests, client, step, 'istio-gateway.yaml')
    else log('The mesh has no ingress gateway: the app is reached by a forward to its frontend')
    return
  }
  if (input.target.kind === 'existing')
    log('Linkerd has no ingress of its own: the app is reached by a forward to its frontend')
  else await applyFiles(setting.manifests, client, step, 'linkerd-entry.yaml')
}

/** Forwards to what no port of this machine leads to, and the addresses that all of it ends in. */
export async function openForwards(work: ClusterWork): Promise<void> {
  const { client, context, step } = work
  const { signal, log } = step
  const [app, jaeger, prometheus] = await Promise.all([
    linkToApp(work),
    findTraceSource(client, signal),
    findPrometheus(client, signal),
  ])
  const links: TaskLink[] = [app].filter(link => link !== undefined)
  const wishes: ForwardWish[] = [
    ...(jaeger
      ? [{ title: 'Jaeger', namespace: jaeger.namespace, service: jaeger.service, port: jaeger.port }]
      : []),
    ...(prometheus
      ? [
          {
            title: 'Prometheus',
            namespace: prometheus.namespace,
            service: prometheus.name,
            port: prometheus.port,
          },
        ]
      : []),
  ]
  for (const wish of wishes) {
    const link = await openForward(work, wish)
    if (link) links.push(link)
  }
  for (const { title, url } of links) log(`${title}: ${url}`)
  const warnings = step.state.get(WARNINGS) ?? []
  step.state.set(outcomeState(localMesh), { context, links, warnings })
}

async function linkToApp(work: ClusterWork): Promise<TaskLink | undefined> {
  const { input, client, step } = work
  const { target, mesh } = input
  const title = 'The app'
  if (target.kind !== 'existing') {
    const { http } = target.ports
    return { title, url: `http://localhost${http === 80 ? '' : `:${http}`}/`, isForward: false }
  }
  const ingress = mesh === 'istio' ? await findIngress(client, step.signal) : undefined
  if (ingress?.url !== undefined) {
    step.report(undefined, ingress.url)
    if (await answersAsGateway(ingress.url, ANSWERS_WITHIN, step.signal))
      return { title, url: ingress.url, isForward: false }
    step.log(`${ingress.url} is the gateway's address, but it does not answer there from this machine`)
  }
  const namespace = (await findDemoApp(client, step.signal)) ?? DEMO_NAMESPACE
  const wish = ingress ? { ...ingress, service: ingress.name } : { namespace, service: 'frontend' }
  return await openForward(work, { title, namespace: wish.namespace, service: wish.service, port: 80 })
}
