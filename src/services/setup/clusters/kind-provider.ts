import { dirname } from 'node:path'
import { findKindClusters, KIND_CLUSTER_LABEL } from '../../../domain/setup/clusters/read-containers.ts'
import { checkMachine, type PreflightCheck } from '../../../domain/setup/clusters/check-machine.ts'
import { checkNodeImages } from '../../../domain/setup/clusters/check-node-image.ts'
import { readClusterName } from '../../../domain/setup/clusters/kind-config.ts'
import { contextOf, type LocalCluster } from '../../../domain/setup/clusters/local-cluster.ts'
import type { EngineFacts } from '../../../domain/setup/clusters/read-engine-info.ts'
import { readKindConfig } from '../../../domain/setup/clusters/read-kind-config.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { StepContext } from '../../tasks/task.ts'
import { attempt, nameCheck } from './checks.ts'
import { findRunningEngine, type ContainerEngine, type Run } from './container-engine.ts'
import { createKind, type KindDependencies } from './kind.ts'
import type { LocalClusterProvider } from './local-cluster-provider.ts'
import { measureMachine } from './measure-machine.ts'
import { namePortOwners } from './name-port-owners.ts'

export interface KindProviderDependencies extends KindDependencies {
  /** Of the program. */
  readonly version: string | undefined
}

/** Local clusters by kind; what kind cannot tell or do is asked of its container engine. */
export function createKindProvider(dependencies: KindProviderDependencies): LocalClusterProvider {
  const { env, backups, version } = dependencies
  const kind = createKind(dependencies)

  async function list(context: Run): Promise<readonly LocalCluster[]> {
    const names = await kind.list(context)
    if (names.length === 0) return []
    const engine = await findRunningEngine(context, env)
    const seen = engine ? findKindClusters(await engine.list(context, KIND_CLUSTER_LABEL), engine.name) : []
    return names.map(
      name =>
        seen.find(each => each.name === name) ?? {
          provider: 'kind',
          name,
          context: contextOf('kind', name),
          state: 'unknown',
          ports: [],
        },
    )
  }

  /** kind has no word for this. Its node containers keep their state, and come up again as they were. */
  async function power({ run, log }: StepContext, how: 'start' | 'stop', name: string): Promise<void> {
    const { engine, nodes } = await findNodes({ run }, name)
    log(`kind cannot ${how} a cluster: ${engine.name} ${how} ${nodes.join(' ')} does the same`)
    await engine.switch({ run }, how, nodes)
  }

  async function findNodes(
    context: Run,
    name: string,
  ): Promise<{ readonly engine: ContainerEngine; readonly nodes: readonly string[] }> {
    const engine = await findRunningEngine(context, env)
    if (!engine)
      throw new ProblemError({
        code: 'unreachable',
        message: 'No container engine that could start or stop the nodes answers',
        hint: 'Start Docker or Podman (podman machine start) and try again.',
      })
    const nodes = await engine.list(context, `${KIND_CLUSTER_LABEL}=${readClusterName(name)}`)
    if (nodes.length > 0) return { engine, nodes: nodes.map(node => node.name) }
    throw new ProblemError({
      code: 'not-found',
      message: `${engine.name} has no containers of a kind cluster named "${name}"`,
      hint: 'Check the list of clusters: another program may have deleted it.',
    })
  }

  return {
    name: 'kind',
    list,
    async check(context, { name, config }, isHalfMade = false) {
      const read = await attempt('config', () => readKindConfig(config))
      if ('check' in read) return [read.check]
      const clusters = await attempt('engine', () => kind.list(context))
      if ('check' in clusters) return [clusters.check]
      const engine = await findRunningEngine(context, env)
      const facts = await engine?.inspect(context)
      const told = facts && 'version' in facts ? facts : undefined
      const ports = isHalfMade ? [] : read.value.ports.map(({ host }) => host)
      const machine = await measureMachine(ports, dirname(backups))
      const busyPorts = await namePortOwners(context, engine, machine.busyPorts)
      return [
        engineCheck(told, clusters.value.length),
        ...checkMachine({ ...machine, busyPorts, ...(told ? { engine: told } : {}) }),
        ...(isHalfMade ? [] : [nameCheck('kind', name, clusters.value)]),
        ...checkNodeImages(version, read.value.images),
      ]
    },
    create: (context, request) => kind.create(context, request),
    start: (context, name) => power(context, 'start', name),
    stop: (context, name) => power(context, 'stop', name),
    remove: (context, name) => kind.remove(context, name),
    loadImage: (context, name, image) => kind.loadImage(context, name, image),
  }
}

/** kind asked its engine for nodes and got an answer: so it runs, whatever it is. */
function engineCheck(facts: EngineFacts | undefined, clusters: number): PreflightCheck {
  const engine = facts
    ? `${facts.name} ${facts.version}${facts.system === undefined ? '' : ` (${facts.system})`}`
    : 'The container engine'
  const count = `${clusters === 0 ? 'no' : clusters} kind cluster${clusters === 1 ? '' : 's'}`
  return { name: 'engine', state: 'passed', message: `${engine} runs, with ${count}` }
}
