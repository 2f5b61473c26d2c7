import {
  contextOfTarget,
  nameOfMesh,
  type LocalMeshInput,
} from '../../../domain/setup/local-mesh/local-mesh-input.ts'
import { localMesh } from '../../../shared/contract/setup/local-mesh.ts'
import { implementTask, type StepDefinition, type TaskDefinition } from '../../tasks/task.ts'
import { installAddOns } from './add-ons-step.ts'
import { clusterSteps } from './cluster-step.ts'
import { injectDemoNamespace, installDemoApp } from '../demo-app/demo-app-step.ts'
import { checkExistingCluster } from './existing-cluster-step.ts'
import { installGatewayApi } from '../gateway-api/gateway-api-step.ts'
import { inClusterStep, type ClusterWork } from './in-cluster-step.ts'
import { installMesh } from './mesh-step.ts'
import type { LocalMeshSetting } from './local-mesh-dependencies.ts'
import { openForwards, openGateway } from '../demo-app/ingress-step.ts'

/** "Local mesh": from a laptop with a container engine, or a cluster, to a mesh with add-ons and an app with traffic. */
export const defineLocalMesh = (setting: LocalMeshSetting): TaskDefinition =>
  implementTask(localMesh, input => {
    const { target, mesh } = input
    const context = contextOfTarget(target)
    const place = target.kind === 'existing' ? target.context : target.name
    return {
      title: `Local mesh ${place} with ${nameOfMesh(mesh)}`,
      lock: `cluster/${context}`,
      steps: describeSteps(setting, input),
    }
  })

function describeSteps(setting: LocalMeshSetting, input: LocalMeshInput): readonly StepDefinition[] {
  const { target, mesh } = input
  const inCluster = (
    name: string,
    title: string,
    run: (work: ClusterWork) => Promise<void>,
  ): StepDefinition => inClusterStep(setting, input, { name, title, run })
  const context = contextOfTarget(target)
  return [
    ...(target.kind === 'existing'
      ? [checkExistingCluster({ setting, input, context })]
      : clusterSteps(setting, target, mesh)),
    inCluster('gateway-api', 'Install the CRDs of the Gateway API', installGatewayApi),
    inCluster('mesh', `Install ${nameOfMesh(mesh)}`, installMesh),
    inCluster('add-ons', 'Install Prometheus and Jaeger', installAddOns),
    inCluster('injection', 'Put the demo app’s namespace into the mesh', injectDemoNamespace),
    inCluster('demo-app', 'Install the demo app', installDemoApp),
    inCluster('gateway', 'Open the way in', openGateway),
    inCluster('forwards', 'Open forwards', openForwards),
  ]
}
