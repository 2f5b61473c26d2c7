import { readControlPlanes } from '../../../domain/setup/injection/control-planes.ts'
import { knownRevisions } from '../../../domain/setup/injection/decide-injection.ts'
import {
  explainPod,
  findAmbientNodes,
  type InjectionScope,
} from '../../../domain/setup/injection/explain-pod.ts'
import {
  assumeWebhooks,
  readInjectionWebhooks,
  type InjectionWebhook,
} from '../../../domain/setup/injection/injection-webhook.ts'
import {
  patchNamespace,
  patchWorkload,
  type InjectionMesh,
  type InjectionChange,
} from '../../../domain/setup/injection/injection-change.ts'
import { mergePatch } from '../../../domain/setup/injection/merge-patch.ts'
import { planInjection } from '../../../domain/setup/injection/plan-injection.ts'
import { summarizeInjection } from '../../../domain/setup/injection/summarize-injection.ts'
import { workloadOf } from '../../../domain/setup/injection/workload-of.ts'
import { ProblemError, type Problem } from '../../../domain/problem.ts'
import type { KubernetesObject, ResourceType } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { Backend } from '../../../shared/contract.ts'
import type { InjectionPlan, InjectionReport } from '../../../shared/contract/setup/injection.ts'
import { rememberExplanations } from './remember-explanations.ts'
import { followObjects, type FollowedLists } from './follow-objects.ts'

const type = (group: string, kind: string, plural: string, isNamespaced = true): ResourceType => ({
  group,
  version: 'v1',
  kind,
  plural,
  isNamespaced,
})
const TYPES = [
  type('', 'Namespace', 'namespaces', false),
  type('', 'Pod', 'pods'),
  type('apps', 'Deployment', 'deployments'),
  type('apps', 'StatefulSet', 'statefulsets'),
  type('apps', 'DaemonSet', 'daemonsets'),
  type(
    'admissionregistration.k8s.io',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    false,
  ),
  type('discovery.k8s.io', 'EndpointSlice', 'endpointslices'),
]

/** Everything that decides who is in the mesh, as it is at one moment. */
interface Scene {
  readonly namespaces: readonly KubernetesObject[]
  readonly workloads: readonly KubernetesObject[]
  readonly pods: readonly KubernetesObject[]
  readonly dependencies: InjectionScope
  readonly problems: readonly Problem[]
}

function readScene(lists: FollowedLists): Scene {
  const objects = (plural: string): readonly KubernetesObject[] => [
    ...(lists.get(plural)?.objects.values() ?? []),
  ]
  const isUnread = (plural: string): boolean =>
    lists.get(plural)?.problem !== undefined && lists.get(plural)?.objects.size === 0
  const pods = objects('pods')
  const planes = readControlPlanes(objects('deployments'))
  const hasLinkerd = planes.some(({ mesh }) => mesh === 'linkerd')
  const isAssumed = isUnread('mutatingwebhookconfigurations')
  const webhooks = isAssumed
    ? assumeWebhooks([...new Set(planes.flatMap(({ revision }) => revision ?? []))], hasLinkerd)
    : readInjectionWebhooks(
        objects('mutatingwebhookconfigurations'),
        isUnread('endpointslices') ? undefined : objects('endpointslices'),
      )
  const problems = [...lists.values()].flatMap(({ problem }) => problem ?? [])
  return {
    namespaces: objects('namespaces'),
    workloads: ['deployments', 'statefulsets', 'daemonsets'].flatMap(objects),
    pods,
    dependencies: { webhooks, planes, ambientNodes: findAmbientNodes(pods) },
    problems: [
      ...problems.map(problem =>
        isAssumed && problem === lists.get('mutatingwebhookconfigurations')?.problem
          ? {
              ...problem,
              message: `The webhooks could not be read (${problem.message}): the defaults of an ordinary installation are assumed`,
            }
          : problem,
      ),
      ...webhookProblems(webhooks),
    ],
  }
}

function webhookProblems(webhooks: readonly InjectionWebhook[]): readonly Problem[] {
  const failing = new Map<string, InjectionWebhook>()
  for (const webhook of webhooks) if (webhook.fault !== undefined) failing.set(webhook.configuration, webhook)
  return [...failing.values()].map(({ configuration, fault = '', failurePolicy }) => ({
    code: 'unreachable',
    message: `The webhook ${configuration} cannot inject: ${fault}`,
    hint:
      failurePolicy === 'Fail'
        ? 'New pods in its namespaces are rejected until it can. Check the control plane.'
        : 'New pods start without a proxy until then. Check the control plane.',
  }))
}

function report(scene: Scene, wanted: readonly string[], explain: typeof explainPod): InjectionReport {
  const { dependencies, problems, namespaces } = scene
  const hasPlane = (mesh: 'istio' | 'linkerd'): boolean =>
    dependencies.webhooks.some(webhook => webhook.mesh === mesh) ||
    dependencies.planes.some(plane => plane.mesh === mesh)
  const shown =
    wanted.length === 0 ? namespaces : namespaces.filter(({ metadata }) => wanted.includes(metadata.name))
  return {
    planes: dependencies.planes,
    revisions: knownRevisions(dependencies.webhooks),
    hasIstio: hasPlane('istio'),
    hasAmbient: scene.workloads.some(
      ({ kind, metadata }) => kind === 'DaemonSet' && metadata.name === 'ztunnel',
    ),
    hasLinkerd: hasPlane('linkerd'),
    namespaces: summarizeInjection({ ...scene, namespaces: shown }, dependencies, explain),
    problems,
  }
}

function plan(
  scene: Scene,
  target: {
    readonly namespace: string
    readonly workload?: { readonly kind: string; readonly name: string }
  },
  change: InjectionChange,
): InjectionPlan {
  const namespace = scene.namespaces.find(({ metadata }) => metadata.name === target.namespace)
  const { workload } = target
  const object =
    workload &&
    scene.workloads.find(
      ({ kind, metadata }) =>
        kind === workload.kind && metadata.name === workload.name && metadata.namespace === target.namespace,
    )
  if (!namespace || (workload && !object))
    throw new ProblemError({
      code: 'not-found',
      message: workload
        ? `${workload.kind} ${target.namespace}/${workload.name} is not there, or has no pod template`
        : `The namespace ${target.namespace} no longer exists`,
    })
  const meshes = new Set(scene.dependencies.webhooks.map(({ mesh }) => mesh))
  const isAmbient = namespace.metadata.labels?.['istio.io/dataplane-mode'] === 'ambient'
  const isLinkerd =
    namespace.metadata.annotations?.['linkerd.io/inject'] !== undefined ||
    (meshes.has('linkerd') && !meshes.has('istio'))
  const mesh: InjectionMesh = isAmbient ? 'ambient' : isLinkerd ? 'linkerd' : 'istio'
  const patch = object ? patchWorkload(object, change, mesh) : patchNamespace(namespace, change, mesh)
  const before = object ?? namespace
  return {
    ...patch,
    effects: planInjection(patch, namespace, scene.pods, scene.dependencies),
    isSame: JSON.stringify(mergePatch(before, patch.patch)) === JSON.stringify(before),
  }
}

/** Who is in the mesh and why, from the shared lists; it changes nothing. */
export function createInjection({
  resources,
}: {
  readonly resources: Pick<Backend, 'watchResources'>
}): Pick<Backend, 'watchInjection' | 'watchInjectedPods' | 'planInjection'> {
  return {
    async *watchInjection({ context, namespaces }, signal) {
      let last = ''
      const remember = rememberExplanations()
      for await (const lists of followObjects(resources, context, TYPES, signal)) {
        const scene = readScene(lists)
        const next = report(scene, namespaces, remember(scene.dependencies))
        const text = JSON.stringify(next)
        if (text === last) continue
        last = text
        yield next
      }
    },
    async *watchInjectedPods({ context, namespace, workload, pod }, signal) {
      let last = ''
      for await (const lists of followObjects(resources, context, TYPES, signal)) {
        const { namespaces, pods, dependencies } = readScene(lists)
        const outer = namespaces.find(({ metadata }) => metadata.name === namespace)
        const isWanted = (each: KubernetesObject): boolean => {
          if (each.metadata.namespace !== namespace) return false
          if (pod !== undefined) return each.metadata.name === pod
          const { kind, name } = workloadOf(each)
          return workload === undefined || (kind === workload.kind && name === workload.name)
        }
        const next = outer ? pods.filter(isWanted).map(each => explainPod(each, outer, dependencies)) : []
        const text = JSON.stringify(next)
        if (text === last) continue
        last = text
        yield next
      }
    },
    async planInjection({ context, change, ...target }, signal) {
      const stop = new AbortController()
      const over = AbortSignal.any([signal, stop.signal])
      try {
        for await (const lists of followObjects(resources, context, TYPES, over))
          return plan(readScene(lists), target, change)
      } finally {
        stop.abort()
      }
      throw new ProblemError({ code: 'cancelled', message: 'Stopped before the objects were read' })
    },
  }
}
