import { ProblemError } from '../../problem.ts'

/** What a kind cluster is made of. */
export interface KindSettings {
  readonly name: string
  /** With its digest; kind's own default where it is absent. */
  readonly nodeImage?: string
  /** Ports of the host that lead into the cluster's first node. */
  readonly ports: readonly { readonly host: number; readonly node: number }[]
  readonly workers: number
}

/** The node ports behind which Setup puts a mesh's ingress gateway. */
export const INGRESS_NODE_PORTS = { http: 30080, https: 30443 } as const

/** kind rejects other names. Source: kind, pkg/cluster/internal/create/create.go, `validNameRE` */
const NAME = /^[a-z0-9.-]+$/

/** The name, or a problem that says what a name may be. */
export function readClusterName(name: string): string {
  // A leading dash would be an option to kind; Kubernetes rejects node names of more than 63 characters.
  if (NAME.test(name) && /^[a-z0-9]/.test(name) && name.length <= 40) return name
  throw new ProblemError({
    code: 'bad-input',
    message: `${JSON.stringify(name)} cannot be the name of a cluster`,
    hint: 'Use up to 40 small letters, digits, dots and dashes, a letter or digit first.',
  })
}

/**
 * The configuration of a kind cluster as text that can be edited before it is used.
 * Source: https://kind.sigs.k8s.io/docs/user/configuration/
 */
export function writeKindConfig({ name, nodeImage, ports, workers }: KindSettings): string {
  const image = nodeImage === undefined ? [] : [`    image: ${nodeImage}`]
  return [
    'kind: Cluster',
    'apiVersion: kind.x-k8s.io/v1alpha4',
    `name: ${name}`,
    'nodes:',
    '  - role: control-plane',
    ...image,
    ...(ports.length === 0 ? [] : ['    extraPortMappings:']),
    ...ports.flatMap(({ host, node }) => [
      `      - containerPort: ${node}`,
      `        hostPort: ${host}`,
      // Without it the port would be open to the whole network.
      '        listenAddress: "127.0.0.1"',
      '        protocol: TCP',
    ]),
    ...Array.from({ length: workers }, () => ['  - role: worker', ...image]).flat(),
    '',
  ].join('\n')
}
