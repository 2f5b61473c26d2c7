import { dirname } from 'node:path'
import { explainMinikubeFailure } from '../../../domain/setup/clusters/explain-minikube-failure.ts'
import { checkMachine, type MachineRequirements } from '../../../domain/setup/clusters/check-machine.ts'
import { readClusterName } from '../../../domain/setup/clusters/kind-config.ts'
import type { LocalCluster } from '../../../domain/setup/clusters/local-cluster.ts'
import {
  minikubeStartArguments,
  readMinikubeOptions,
  type MinikubeOptions,
} from '../../../domain/setup/clusters/minikube-options.ts'
import { readMinikubeProgress } from '../../../domain/setup/clusters/read-minikube-events.ts'
import { hostPortsOf } from '../../../domain/setup/clusters/plan-cluster.ts'
import { readMinikubeProfiles } from '../../../domain/setup/clusters/read-minikube-profiles.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { ProcessResult } from '../../tasks/run-process.ts'
import type { StepContext } from '../../tasks/task.ts'
import { backUpKubeconfig } from './back-up-kubeconfig.ts'
import { attempt, nameCheck } from './checks.ts'
import { checkEngine } from './check-engine.ts'
import type { Run } from './container-engine.ts'
import type { KindDependencies } from './kind.ts'
import type { LocalClusterProvider } from './local-cluster-provider.ts'
import { measureMachine } from './measure-machine.ts'
import { namePortOwners } from './name-port-owners.ts'

const QUESTION_TIMEOUT_MS = 60_000
const WORK_TIMEOUT_MS = 10 * 60_000
const CREATE_TIMEOUT_MS = 30 * 60_000

/** Local clusters by minikube, by its documented commands only. Source: https://minikube.sigs.k8s.io/docs/commands/ */
export function createMinikubeProvider({
  program,
  env,
  backups,
  now,
}: KindDependencies): LocalClusterProvider {
  const ask = (
    { run }: Run,
    args: readonly string[],
    timeoutMs: number,
    onLine?: (line: string) => void,
  ): Promise<ProcessResult> => run({ command: program, args, env, timeoutMs, ...(onLine ? { onLine } : {}) })
  const requireSuccess = async (...asked: Parameters<typeof ask>): Promise<ProcessResult> => {
    const result = await ask(...asked)
    if (result.code === 0) return result
    const output = `${result.stdout}\n${result.stderr}`.trim()
    const { failure, ...problem } = explainMinikubeFailure(output, result.code)
    throw new ProblemError({ ...problem, ...(failure === 'name-taken' ? { at: 'name' } : {}) })
  }
  async function list(context: Run): Promise<readonly LocalCluster[]> {
    const { stdout } = await requireSuccess(
      context,
      ['profile', 'list', '--output=json'],
      QUESTION_TIMEOUT_MS,
    )
    return readMinikubeProfiles(stdout)
  }
  async function backUp(log: StepContext['log']): Promise<void> {
    const copy = await backUpKubeconfig(env, backups, now())
    if (copy !== undefined) log(`The kubeconfig was copied to ${copy}`)
  }
  /** Runs a command whose events tell how far it is. */
  async function work(context: StepContext, args: readonly string[], timeoutMs: number): Promise<void> {
    await requireSuccess(context, args, timeoutMs, line => {
      const read = readMinikubeProgress(line)
      if (read) context.report(read.progress, read.step)
    })
  }
  const profile = (name: string): string => `--profile=${readClusterName(name)}`

  return {
    name: 'minikube',
    list,
    async check(context, { name, config }, isHalfMade = false) {
      const read = await attempt('config', () => readMinikubeOptions(config))
      if ('check' in read) return [read.check]
      const engine = await checkEngine(context, env, read.value.get('driver')?.[0])
      if (engine.check.state === 'failed') return [engine.check]
      const clusters = await attempt('tool', () => list(context))
      if ('check' in clusters) return [engine.check, clusters.check]
      const ports = hostPortsOf('minikube', config)
      const machine = await measureMachine(isHalfMade ? [] : ports, dirname(backups))
      const busyPorts = await namePortOwners(context, engine.engine, machine.busyPorts)
      const facts = { ...machine, busyPorts, ...(engine.facts ? { engine: engine.facts } : {}) }
      return [
        engine.check,
        ...checkMachine(facts, readRequirements(read.value)),
        ...(isHalfMade
          ? []
          : [
              nameCheck(
                'minikube',
                name,
                clusters.value.map(each => each.name),
              ),
            ]),
      ]
    },
    async create(context, { name, config }) {
      await backUp(context.log)
      const args = minikubeStartArguments(readClusterName(name), readMinikubeOptions(config))
      await work(context, args, CREATE_TIMEOUT_MS)
    },
    async start(context, name) {
      await backUp(context.log)
      await work(context, ['start', profile(name), '--keep-context=true', '--output=json'], CREATE_TIMEOUT_MS)
    },
    async stop(context, name) {
      await backUp(context.log)
      await work(context, ['stop', profile(name), '--output=json'], WORK_TIMEOUT_MS)
    },
    async remove(context, name) {
      await backUp(context.log)
      await requireSuccess(context, ['delete', profile(name)], WORK_TIMEOUT_MS)
    },
    async loadImage(context, name, image) {
      const what = image.kind === 'image' ? image.name : image.path
      await requireSuccess(context, ['image', 'load', profile(name), what], WORK_TIMEOUT_MS)
    },
  }
}

/** `6g`, `6144mb` or `6144`, in gigabytes. Source: https://minikube.sigs.k8s.io/docs/commands/start/, --memory */
export function readMemory(text: string | undefined): number | undefined {
  const [, number, unit = 'm'] = /^(\d+(?:\.\d+)?)\s*([bkmg])?b?$/i.exec(text ?? '') ?? []
  if (number === undefined) return undefined
  const factor = { b: 1 / 1024 ** 3, k: 1 / 1024 ** 2, m: 1 / 1024, g: 1 }[unit.toLowerCase()] ?? 1
  return Math.round(Number(number) * factor * 10) / 10
}

function readRequirements(options: MinikubeOptions): MachineRequirements {
  const cpus = Number(options.get('cpus')?.[0])
  const memory = readMemory(options.get('memory')?.[0])
  return {
    ...(Number.isFinite(cpus) ? { cpus } : {}),
    ...(memory === undefined ? {} : { memory }),
  }
}
