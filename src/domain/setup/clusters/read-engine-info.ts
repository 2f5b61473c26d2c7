import type { Problem } from '../../problem.ts'
import { explainEngineFailure } from './engine-failures.ts'

export type EngineName = 'docker' | 'podman'

/** A container engine that answers. */
export interface EngineFacts {
  readonly name: EngineName
  readonly version: string
  /** Of the machine that its containers run on: Docker Desktop and podman machine run in a virtual one. */
  readonly cpus: number
  readonly memory: number
  readonly cgroupVersion?: string
  readonly isRootless: boolean
  /** The controllers that containers may be limited by, where the engine names them. */
  readonly cgroupControllers?: readonly string[]
  /** "Docker Desktop", "Fedora Linux". */
  readonly system?: string
}

type Values = Readonly<Record<string, unknown>>
const recordOf = (value: unknown): Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {}
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(textOf) : [])

function readDocker(info: Values): EngineFacts | undefined {
  const version = textOf(info['ServerVersion'])
  // The client alone prints all fields too, empty.
  if (version === '') return undefined
  const cgroupVersion = textOf(info['CgroupVersion'])
  const system = textOf(info['OperatingSystem'])
  return {
    name: 'docker',
    version,
    cpus: Number(info['NCPU'] ?? 0),
    memory: Number(info['MemTotal'] ?? 0),
    isRootless: listOf(info['SecurityOptions']).some(option => option.includes('rootless')),
    ...(cgroupVersion === '' ? {} : { cgroupVersion }),
    ...(system === '' ? {} : { system }),
  }
}

function readPodman(info: Values): EngineFacts | undefined {
  const host = recordOf(info['host'])
  const version = textOf(recordOf(info['version'])['Version'])
  if (version === '') return undefined
  const cgroupVersion = textOf(host['cgroupVersion']).replace(/^v/, '')
  const controllers = listOf(host['cgroupControllers'])
  return {
    name: 'podman',
    version,
    cpus: Number(host['cpus'] ?? 0),
    memory: Number(host['memTotal'] ?? 0),
    isRootless: recordOf(host['security'])['rootless'] === true,
    ...(cgroupVersion === '' ? {} : { cgroupVersion }),
    ...(controllers.length === 0 ? {} : { cgroupControllers: controllers }),
  }
}

/** What `docker info --format '{{json .}}'` or `podman info --format json` printed: facts, or why the engine can't be used. */
export function readEngineInfo(
  name: EngineName,
  { stdout, stderr }: { readonly stdout: string; readonly stderr: string },
): EngineFacts | Problem {
  let info: Values = {}
  try {
    info = recordOf(JSON.parse(stdout) as unknown)
  } catch {
    // Nothing, or words: what went wrong stands in the other stream.
  }
  const facts = name === 'docker' ? readDocker(info) : readPodman(info)
  if (facts) return facts
  const errors = [info['ServerErrors'], info['Error']].flatMap(listOf).join('\n')
  return explainEngineFailure(name, [stderr, errors].join('\n').trim())
}
