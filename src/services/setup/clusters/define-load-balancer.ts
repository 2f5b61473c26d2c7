import { loadBalancerCommand } from '../../../domain/setup/clusters/describe-ingress.ts'
import { findFailure, type FailureRule } from '../../../domain/setup/clusters/cluster-failure.ts'
import { ENGINE_FAILURES } from '../../../domain/setup/clusters/engine-failures.ts'
import { explainMinikubeFailure } from '../../../domain/setup/clusters/explain-minikube-failure.ts'
import type { Problem } from '../../../domain/problem.ts'
import { ProblemError } from '../../../domain/problem.ts'
import { findTool } from '../tools/find-tool.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { loadBalancer, type ClusterReference } from '../../../shared/contract/setup/clusters.ts'
import { implementTask, type StepContext, type TaskDefinition } from '../../tasks/task.ts'
import { findRunningEngine } from './container-engine.ts'

/** Source: cloud-provider-kind, pkg/constants/constants.go, NodeCCMLabelKey */
const LOAD_BALANCER_LABEL = 'io.x-k8s.cloud-provider-kind.cluster'
const CLEAN_UP_TIMEOUT_MS = 30_000

const RULES: readonly FailureRule[] = [
  {
    failure: 'privileges',
    pattern:
      /sudo: a (?:terminal|password) is required|sudo: no tty present|operation not permitted|bind: permission denied|must be (?:run as )?root/i,
    code: 'forbidden',
    message: () => "This needs an administrator's rights, which the app never asks for",
    hint: '',
  },
  ...ENGINE_FAILURES,
]

/**
 * Gives Services of type LoadBalancer addresses, as long as the task runs: cloud-provider-kind for all kind clusters,
 * `minikube tunnel` for one of minikube. It has no terminal and no input, so it cannot ask for a password.
 */
export const defineLoadBalancer = (dependencies: SetupDependencies): TaskDefinition =>
  implementTask(loadBalancer, reference => {
    const { provider, name } = reference
    return {
      title:
        provider === 'kind'
          ? 'Load balancers for all kind clusters'
          : `Tunnel to the minikube cluster ${name}`,
      // Not the cluster's lock: this runs beside all other work on it.
      lock: provider === 'kind' ? 'load-balancer/kind' : `load-balancer/${name}`,
      steps: [
        {
          name: 'serve',
          title: 'Give Services of type LoadBalancer addresses until it is stopped',
          run: step => serve(dependencies, reference, step),
          cleanUp: step =>
            provider === 'kind' ? listLeftOver(dependencies, step) : cleanTunnel(dependencies, name, step),
        },
      ],
    }
  })

async function serve(
  dependencies: SetupDependencies,
  reference: ClusterReference,
  step: StepContext,
): Promise<void> {
  const { provider, name } = reference
  const isKind = provider === 'kind'
  const program = await findTool(dependencies, isKind ? 'cloud-provider-kind' : 'minikube', undefined, step)
  // Nor a window that asks for the password in its place. Source: sudo(8), SUDO_ASKPASS
  const env = { ...dependencies.env, SUDO_ASKPASS: undefined }
  step.log(`The same in a terminal: ${loadBalancerCommand(program, reference)}`)
  step.report(undefined, 'It runs until you stop it')
  const args = isKind ? [] : ['tunnel', `--profile=${name}`]
  const { code, stdout, stderr } = await step.run({ command: program, args, env })
  if (code !== 0)
    throw new ProblemError(
      explain(
        `${stdout.slice(-16_000)}\n${stderr}`.trim(),
        code,
        loadBalancerCommand(program, reference),
        isKind,
      ),
    )
}

function explain(output: string, code: number, command: string, isKind: boolean): Problem {
  const inTerminal = `Run it in a terminal, where it can ask for the password: ${command}`
  const found = findFailure(RULES, output)
  if (found) return found.failure === 'privileges' ? { ...found, hint: inTerminal } : found
  if (!isKind) return explainMinikubeFailure(output, code)
  return {
    code: 'internal',
    message: `cloud-provider-kind ended with exit code ${code}`,
    hint: inTerminal,
    raw: output,
  }
}

/** cloud-provider-kind removes its containers when it is asked to end, but not when it is killed. */
async function listLeftOver({ env }: SetupDependencies, step: StepContext): Promise<readonly string[]> {
  const engine = await findRunningEngine(step, env)
  const left = (await engine?.list(step, LOAD_BALANCER_LABEL)) ?? []
  if (!engine || left.length === 0) return []
  const names = left.map(({ name }) => name).join(' ')
  return [
    `Its containers are left: ${engine.name} rm --force ${names} removes them, and the next start uses them.`,
  ]
}

/** Source: https://minikube.sigs.k8s.io/docs/commands/tunnel/, --cleanup */
async function cleanTunnel(
  dependencies: SetupDependencies,
  name: string,
  step: StepContext,
): Promise<readonly string[]> {
  const program = await findTool(dependencies, 'minikube', undefined, step)
  const args = ['tunnel', '--cleanup', `--profile=${name}`]
  const env = { ...dependencies.env, SUDO_ASKPASS: undefined }
  const { code } = await step.run({ command: program, args, env, timeoutMs: CLEAN_UP_TIMEOUT_MS })
  return code === 0
    ? []
    : [`Routes of the tunnel may be left. Remove them in a terminal: ${program} ${args.join(' ')}`]
}
