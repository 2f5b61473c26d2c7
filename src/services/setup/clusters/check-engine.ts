import type { PreflightCheck } from '../../../domain/setup/clusters/check-machine.ts'
import type { EngineFacts } from '../../../domain/setup/clusters/read-engine-info.ts'
import type { Host } from '../../host.ts'
import { findEngines, type ContainerEngine, type Run } from './container-engine.ts'

/** What a cluster's nodes run in, and whether it is there. */
export interface EngineCheck {
  readonly check: PreflightCheck
  readonly engine?: ContainerEngine
  readonly facts?: EngineFacts
}

/** Whether what the driver stands on is there; drivers that make virtual machines are left to minikube to check. */
export async function checkEngine(
  context: Run,
  env: Host['env'],
  driver: string | undefined,
): Promise<EngineCheck> {
  if (driver !== undefined && driver !== 'docker' && driver !== 'podman')
    return {
      check: {
        name: 'engine',
        state: 'warning',
        message: `The driver ${driver} is not checked here`,
        hint: 'minikube checks it when it starts.',
      },
    }
  const engines = await findEngines(env)
  const engine = engines.find(({ name }) => driver === undefined || name === driver)
  if (!engine)
    return {
      check: {
        name: 'engine',
        state: 'failed',
        message: `${driver ?? 'No container engine'} is not installed`,
        hint: 'Install Docker or Podman, start it and try again.',
      },
    }
  const facts = await engine.inspect(context)
  if ('version' in facts)
    return {
      check: { name: 'engine', state: 'passed', message: `${facts.name} ${facts.version} runs` },
      engine,
      facts,
    }
  const { message, hint } = facts
  return { check: { name: 'engine', state: 'failed', message, ...(hint === undefined ? {} : { hint }) } }
}
