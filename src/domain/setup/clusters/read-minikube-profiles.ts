import { isRecord } from '../../is-record.ts'
import { ProblemError } from '../../problem.ts'
import { contextOf, type LocalCluster, type LocalClusterState, type PortMapping } from './local-cluster.ts'

type Values = Readonly<Record<string, unknown>>
const recordOf = (value: unknown): Values => (isRecord(value) ? value : {})
const listOf = (value: unknown): readonly Values[] => (Array.isArray(value) ? value.filter(isRecord) : [])
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Its words changed over the years: "Running" became "OK". Source: minikube, pkg/minikube/cluster/status.go */
function readState(status: string): LocalClusterState {
  if (/^(?:running|ok)$/i.test(status)) return 'running'
  if (/^stopped$/i.test(status)) return 'stopped'
  return status === '' || /^(?:unknown|nonexistent)$/i.test(status) ? 'unknown' : 'partly'
}

/** `8080:80`, `127.0.0.1:80:30080` or `30080`, as `--ports` takes them. */
export function readExposedPort(text: string): PortMapping | undefined {
  const numbers = text
    .replace(/\/tcp$/, '')
    .split(':')
    .slice(-2)
    .map(Number)
  const [host, node = host] = numbers
  return host !== undefined && node !== undefined && host > 0 && node > 0 ? { host, node } : undefined
}

/** Reads `minikube profile list -o json`. Profiles that minikube cannot read are listed with that as their problem. */
export function readMinikubeProfiles(output: string): readonly LocalCluster[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(output)
  } catch {
    throw new ProblemError({
      code: 'invalid',
      message: 'minikube did not list its clusters as JSON',
      hint: 'Try minikube profile list in a terminal.',
      raw: output,
    })
  }
  const { valid, invalid } = recordOf(parsed)
  return [
    ...listOf(valid).map(profile => {
      const name = textOf(profile['Name'])
      const config = recordOf(profile['Config'])
      const nodes = listOf(config['Nodes'])
      const version = textOf(recordOf(config['KubernetesConfig'])['KubernetesVersion']).replace(/^v/, '')
      const exposed: unknown = config['ExposedPorts']
      const engine = textOf(config['Driver'])
      return {
        provider: 'minikube' as const,
        name,
        context: contextOf('minikube', name),
        state: readState(textOf(profile['Status'])),
        nodes: nodes.length,
        ports: (Array.isArray(exposed) ? exposed : []).flatMap(each => readExposedPort(textOf(each)) ?? []),
        ...(version === '' ? {} : { kubernetes: version }),
        ...(engine === '' ? {} : { engine }),
      }
    }),
    ...listOf(invalid).map(profile => {
      const name = textOf(profile['Name'])
      return {
        provider: 'minikube' as const,
        name,
        context: contextOf('minikube', name),
        state: 'unknown' as const,
        ports: [],
        problem: {
          code: 'invalid' as const,
          message: `minikube cannot read its profile ${name}`,
          hint: 'Delete it; a run that was stopped often leaves such a profile.',
        },
      }
    }),
  ].filter(({ name }) => name !== '')
}
