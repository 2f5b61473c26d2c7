import type { GatewayApiPlan } from '../../../domain/setup/linkerd/plan-gateway-api.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import type { StepContext, StepDefinition } from '../../tasks/task.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { applyInStep, stepsIn } from '../steps/change-step.ts'
import { readGatewayApiBundle } from './live-gateway-api.ts'

export interface GatewayApiOptions {
  /** What is to be done about the CRDs that are there, or not. */
  readonly plan: (client: KubernetesClient, step: StepContext) => Promise<GatewayApiPlan>
  /** A file of the CRDs instead of the download. */
  readonly file?: string | undefined
  readonly title?: string
}

/** Brings the CRDs of the Gateway API into a cluster, or leaves those that are there. */
export const gatewayApiStep = (
  dependencies: SetupDependencies,
  context: string,
  { plan: planIn, file, title = 'Install the CRDs of the Gateway API' }: GatewayApiOptions,
): StepDefinition =>
  stepsIn(dependencies, context).change('gateway-api', title, async (client, step) => {
    const plan = await planIn(client, step)
    step.log(plan.why)
    if (plan.warning !== undefined) step.log(plan.warning)
    if (plan.action === 'refuse')
      throw new ProblemError({
        code: 'conflict',
        message: plan.why,
        ...(plan.warning === undefined ? {} : { hint: plan.warning }),
      })
    await applyInStep(client, await readGatewayApiBundle(dependencies, plan, file, step), step)
  })
