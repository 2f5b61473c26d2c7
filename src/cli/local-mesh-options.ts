import { DEFAULT_LOCAL_MESH, type LocalMeshOptions } from '../domain/setup/local-mesh/prepare-local-mesh.ts'
import { readText } from './read-text.ts'
import { ProblemError } from '../domain/problem.ts'
import { playgroundContext } from '../services/clusters/clusters.ts'

const PROVIDERS = ['kind', 'minikube', 'existing', 'playground'] as const
type Provider = (typeof PROVIDERS)[number]

/** Options that mean nothing for a provider; said, not passed over. */
const NEEDLESS: Readonly<Record<Provider, readonly string[]>> = {
  kind: ['context', 'cpus', 'memory'],
  minikube: ['context'],
  existing: ['name', 'workers', 'cpus', 'memory', 'http-port', 'https-port', 'config'],
  playground: ['context', 'name', 'workers', 'cpus', 'memory', 'http-port', 'https-port', 'config'],
}

/** The options of `setup` as wishes. */
export async function readLocalMeshOptions(
  values: Readonly<Record<string, unknown>>,
): Promise<LocalMeshOptions> {
  const text = (name: string): string | undefined => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  const number = (name: string, usual: number, smallest: number, largest: number): number =>
    readNumber(text(name) ?? String(usual), `--${name}`, smallest, largest)
  const provider = PROVIDERS.find(each => each === text('provider'))
  if (!provider) throw optionProblem(`--provider takes ${PROVIDERS.join(', ')}`)
  const needless = NEEDLESS[provider].find(name => values[name] !== undefined)
  if (needless !== undefined) throw optionProblem(`--${needless} says nothing to --provider ${provider}`)
  const mesh = text('mesh')
  if (mesh !== 'istio' && mesh !== 'linkerd') throw optionProblem('--mesh takes istio or linkerd')
  if (mesh === 'linkerd' && text('profile') !== undefined) throw optionProblem('--profile is for Istio only')
  if (provider === 'existing' && text('context') === undefined)
    throw optionProblem('--provider existing needs --context NAME')
  const usual = DEFAULT_LOCAL_MESH
  const file = text('config')
  const profile = text('profile')
  const gatewayApiFile = text('gateway-api')
  return {
    provider: provider === 'playground' ? 'existing' : provider,
    name: text('name') ?? usual.name,
    context: provider === 'playground' ? playgroundContext : (text('context') ?? ''),
    mesh,
    workers: number('workers', usual.workers, 0, 9),
    cpus: number('cpus', usual.cpus, 1, 64),
    memory: number('memory', usual.memory, 1, 512),
    ports: {
      http: number('http-port', usual.ports.http, 1, 65_535),
      https: number('https-port', usual.ports.https, 1, 65_535),
    },
    readyWithin: number('ready-within', usual.readyWithin, 1, 3600),
    ...(profile === undefined ? {} : { profile }),
    ...(gatewayApiFile === undefined ? {} : { gatewayApiFile }),
    ...(file === undefined ? {} : { config: await readText(file) }),
  }
}

/** A command that is used wrongly. */
export const optionProblem = (message: string, hint = 'setup --help says more.'): ProblemError =>
  new ProblemError({ code: 'bad-input', message, hint })

function readNumber(text: string, option: string, smallest: number, largest: number): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= largest && Number(text) >= smallest) return Number(text)
  throw optionProblem(`${option} takes a number from ${smallest} to ${largest}, not ${JSON.stringify(text)}`)
}
