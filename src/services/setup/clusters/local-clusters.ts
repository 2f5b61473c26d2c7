import { readItems } from '../../clusters/list-items.ts'
import { readServerVersion } from '../../clusters/server-version.ts'
import { LOCAL_PROVIDERS, type LocalCluster } from '../../../domain/setup/clusters/local-cluster.ts'
import { checkMachine, type PreflightCheck } from '../../../domain/setup/clusters/check-machine.ts'
import { hostPortsOf, planCluster } from '../../../domain/setup/clusters/plan-cluster.ts'
import { readClusterName } from '../../../domain/setup/clusters/kind-config.ts'
import { toProblem } from '../../../domain/problem.ts'
import { resolveVersions } from '../../../domain/setup/versions/resolve-versions.ts'
import type { Backend } from '../../../shared/contract.ts'
import type { LocalProviderState } from '../../../shared/contract/setup/clusters.ts'
import type { ToolProgram } from '../../../shared/contract/setup/tools.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { runProcess } from '../../tasks/run-process.ts'
import { checkEngine } from './check-engine.ts'
import { attempt } from './checks.ts'
import type { Run } from './container-engine.ts'
import { measureMachine } from './measure-machine.ts'
import { createProvider } from './open-provider.ts'

const LOOK_TIMEOUT_MS = 5_000

/** What the window asks about clusters on this machine; what changes them are tasks. */
export function createLocalClusters(
  dependencies: SetupDependencies,
): Pick<Backend, 'listLocalClusters' | 'checkMachine' | 'previewCluster'> {
  const { tools, clusters } = dependencies
  const runWith = (signal: AbortSignal): Run => ({ run: request => runProcess({ ...request, signal }) })

  async function listOf(
    provider: (typeof LOCAL_PROVIDERS)[number],
    signal: AbortSignal,
  ): Promise<LocalProviderState> {
    const { used, why } = await tools.find(provider, undefined, signal)
    if (!used)
      return {
        provider,
        clusters: [],
        problem: { code: 'not-found', message: why, hint: `Install ${provider}, or choose it in Tools.` },
      }
    const tool = nameTool(used)
    try {
      const found = await createProvider(dependencies, provider, programOf(used)).list(runWith(signal))
      return {
        provider,
        tool,
        clusters: await Promise.all(sortByName(found).map(each => look(each, signal))),
      }
    } catch (error) {
      signal.throwIfAborted()
      return { provider, tool, clusters: [], problem: toProblem(error) }
    }
  }

  /** Asks a cluster that may run for itself: only it knows its version, and whether it can be used. */
  async function look(cluster: LocalCluster, signal: AbortSignal): Promise<LocalCluster> {
    if (cluster.state === 'stopped' || cluster.problem) return cluster
    const both = AbortSignal.any([signal, AbortSignal.timeout(LOOK_TIMEOUT_MS)])
    try {
      const client = clusters.client(cluster.context)
      const version = await readServerVersion(client, both)
      const nodes = cluster.nodes ?? (await countNodes(client, both))
      const kubernetes = version === '' ? cluster.kubernetes : version.replace(/^v/, '')
      const state = cluster.state === 'unknown' ? 'running' : cluster.state
      return { ...cluster, state, nodes, ...(kubernetes === undefined ? {} : { kubernetes }) }
    } catch (error) {
      signal.throwIfAborted()
      const { code, message, hint } = toProblem(error)
      if (code === 'not-found')
        return {
          ...cluster,
          problem: {
            code,
            message: `Its context ${cluster.context} is in no kubeconfig that is read here`,
            hint: exportHint(cluster),
          },
        }
      return { ...cluster, problem: { code, message, ...(hint === undefined ? {} : { hint }) } }
    }
  }

  return {
    listLocalClusters: (_input, signal) =>
      Promise.all(LOCAL_PROVIDERS.map(provider => listOf(provider, signal))),
    async checkMachine({ provider, name, config }, signal) {
      const named = await attempt('name', () => readClusterName(name))
      if ('check' in named) return [named.check]
      const { used, why } = await tools.find(provider, undefined, signal)
      const context = runWith(signal)
      if (used)
        return [
          { name: 'tool', state: 'passed', message: `${provider} ${used.version ?? ''}: ${used.path}` },
          ...(await createProvider(dependencies, provider, programOf(used)).check(context, { name, config })),
        ]
      const version = resolveVersions({ provider, meshes: [] }).set[provider]
      const missing: PreflightCheck = {
        name: 'tool',
        state: 'warning',
        message: why,
        hint: `Creating the cluster downloads ${provider} ${version ?? ''} first; or install another in Tools.`,
      }
      const { check, facts } = await checkEngine(context, dependencies.env, undefined)
      const ports = await attempt('config', () => hostPortsOf(provider, config))
      if ('check' in ports) return [missing, check, ports.check]
      const machine = await measureMachine(ports.value, dependencies.folder)
      return [missing, check, ...checkMachine({ ...machine, ...(facts ? { engine: facts } : {}) })]
    },
    async previewCluster(options, signal) {
      const { used } = await tools.find(options.provider, undefined, signal)
      const version = used?.version
      return { ...planCluster(options, version), ...(version === undefined ? {} : { toolVersion: version }) }
    },
  }
}

const programOf = ({ path, version }: ToolProgram): { program: string; version: string | undefined } => ({
  program: path,
  version,
})

const sortByName = (found: readonly LocalCluster[]): readonly LocalCluster[] =>
  found.toSorted((a, b) => (a.name < b.name ? -1 : 1))

const nameTool = ({ path, version }: ToolProgram): NonNullable<LocalProviderState['tool']> => ({
  path,
  ...(version === undefined ? {} : { version }),
})

const exportHint = ({ provider, name }: LocalCluster): string =>
  provider === 'kind'
    ? `kind export kubeconfig --name ${name} brings it back.`
    : `minikube update-context --profile=${name} brings it back.`

async function countNodes(
  client: ReturnType<SetupDependencies['clusters']['client']>,
  signal: AbortSignal,
): Promise<number> {
  return (await readItems<unknown>(client, { path: '/api/v1/nodes' }, signal)).length
}
