import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { contextOfTarget, type LocalMeshInput } from '../../../domain/setup/local-mesh/local-mesh-input.ts'
import { resolveLocalMesh } from '../../../domain/setup/local-mesh/prepare-local-mesh.ts'
import { nameOfMesh } from '../../../domain/setup/steps/mesh-name.ts'
import { localMesh } from '../../../shared/contract/setup/local-mesh.ts'
import { implementTask, type StepDefinition, type TaskDefinition } from '../../tasks/task.ts'
import { installAddOnSteps } from '../add-ons/add-on-tasks.ts'
import { createClusterSteps } from '../clusters/create-cluster-steps.ts'
import { existingClusterSteps } from '../clusters/existing-cluster-steps.ts'
import type { DemoAppDependencies } from '../demo-app/demo-app-dependencies.ts'
import { demoAppSteps } from '../demo-app/demo-app-steps.ts'
import { forwardSteps } from '../demo-app/forward-steps.ts'
import { gatewayApiStep } from '../gateway-api/gateway-api-step.ts'
import { planMissingGatewayApi } from '../gateway-api/live-gateway-api.ts'
import { installSteps } from '../istio/install-istio.ts'
import { createIdentityStore } from '../linkerd/identity-store.ts'
import { installLinkerdSteps } from '../linkerd/install-linkerd.ts'
import { readInstallationMark } from '../steps/installation-mark.ts'
import { writeIstioOptions } from './istio-options.ts'

/** "Local mesh": the steps of the cluster, the mesh, the add-ons and the demo app, one after another. */
export const defineLocalMesh = (dependencies: DemoAppDependencies): TaskDefinition =>
  implementTask(localMesh, input => {
    const { target, mesh } = input
    const context = contextOfTarget(target)
    const place = target.kind === 'existing' ? target.context : target.name
    const demoApp = { ...input, context, readyTimeoutMs: input.readyWithin * 1000 }
    return {
      title: `Local mesh ${place} with ${nameOfMesh(mesh)}`,
      lock: `cluster/${context}`,
      steps: [
        ...inPart('cluster', clusterSteps(dependencies, input)),
        ...inPart(mesh, meshSteps(dependencies, input)),
        ...inPart('add-ons', addOnSteps(dependencies, input)),
        ...inPart('app', demoAppSteps(dependencies, demoApp)),
        ...inPart('app', forwardSteps(dependencies, demoApp)),
      ],
    }
  })

/** Steps of different parts may have the same name. */
const inPart = (part: string, steps: readonly StepDefinition[]): readonly StepDefinition[] =>
  steps.map(step => ({ ...step, name: `${part}/${step.name}` }))

function clusterSteps(
  dependencies: DemoAppDependencies,
  { target, mesh }: LocalMeshInput,
): readonly StepDefinition[] {
  if (target.kind === 'existing') return existingClusterSteps(dependencies, { ...target, mesh })
  const { kind: provider, name, config } = target
  const toolVersion = resolveLocalMesh({ provider, mesh }).set[provider]
  return createClusterSteps(dependencies, { provider, name, config, toolVersion, ifExists: 'use' })
}

function meshSteps(dependencies: DemoAppDependencies, input: LocalMeshInput): readonly StepDefinition[] {
  const { mesh, target, gatewayApi, gatewayApiFile } = input
  const context = contextOfTarget(target)
  const { set } = resolveLocalMesh({ provider: target.kind, mesh })
  const common = { context, keepsExisting: true, readyTimeoutMs: input.readyWithin * 1000 }
  if (mesh === 'linkerd')
    return installLinkerdSteps(dependencies, createIdentityStore(dependencies.now), {
      ...common,
      isHighAvailability: false,
      hasViz: true,
      gatewayApi,
      ...(set.linkerd === undefined ? {} : { downloadVersion: set.linkerd }),
      ...(gatewayApiFile === undefined ? {} : { gatewayApiFile }),
    })
  return [
    gatewayApiStep(dependencies, context, {
      plan: (client, { signal }) => planMissingGatewayApi(client, gatewayApi, signal),
      file: gatewayApiFile,
    }),
    ...installSteps(dependencies, {
      ...common,
      ...(set.istio === undefined ? {} : { version: set.istio }),
      options: writeIstioOptions(input),
      isForAddOns: true,
      readTelemetry: () => readFile(join(dependencies.manifests, 'istio-tracing.yaml'), 'utf8'),
    }),
  ]
}

function addOnSteps(
  dependencies: DemoAppDependencies,
  { target, mesh, readyWithin }: LocalMeshInput,
): readonly StepDefinition[] {
  return installAddOnSteps(
    dependencies,
    { context: contextOfTarget(target), names: ['prometheus', 'jaeger'] },
    {
      readyTimeoutMs: readyWithin * 1000,
      // A mesh that somebody else made keeps its telemetry: what it reports and where to, its owner chose.
      skipReason: async (client, signal) =>
        (await readInstallationMark(client, { mesh }, signal))?.isForAddOns === true
          ? undefined
          : 'The mesh was here before and does not report to our add-ons, so none is installed. Setup has them under Meshes',
    },
  )
}
