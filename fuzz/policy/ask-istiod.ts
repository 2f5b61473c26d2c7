import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** What istiod sends to one proxy. The field names are Envoy's, as in its protocol buffers. */
export interface Rendered {
  readonly listeners?: readonly Listener[]
  readonly clusters?: readonly Cluster[]
  readonly error?: string
}

export type Json = Readonly<Record<string, unknown>>

export interface Listener {
  readonly name: string
  readonly address?: { readonly socket_address?: { readonly address: string; readonly port_value: number } }
  readonly filter_chains?: readonly FilterChain[]
  readonly default_filter_chain?: FilterChain
}

export interface FilterChain {
  readonly name?: string
  readonly filter_chain_match?: {
    readonly destination_port?: number
    readonly transport_protocol?: string
    readonly application_protocols?: readonly string[]
    readonly server_names?: readonly string[]
    readonly prefix_ranges?: readonly { readonly address_prefix: string; readonly prefix_len?: number }[]
  }
  readonly transport_socket?: { readonly name: string; readonly typed_config: Json }
  readonly filters: readonly { readonly name: string; readonly typed_config?: Json }[]
}

export interface Cluster {
  readonly name: string
  readonly transport_socket?: { readonly name: string; readonly typed_config: Json }
  readonly transport_socket_matches?: readonly { readonly name: string }[]
}

export interface Proxy {
  readonly kind: 'sidecar' | 'gateway' | 'waypoint'
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly serviceAccount: string
  readonly ip: string
}

export interface Question {
  readonly objects: string
  readonly meshConfig: string
  readonly proxy: Proxy
  /** The version of the Gateway API's definitions: TLSRoute needs 1.5, TCPRoute 1.6. */
  readonly gatewayApiVersion?: string
  /** Whether istiod makes what ztunnels and waypoints need. */
  readonly ambient?: boolean
}

/** Istiod's answers, in the order of the questions. `programs` is the folder that the lab's `tools` prints. */
export function askIstiod(programs: string, questions: readonly Question[]): readonly Rendered[] {
  const input = questions.map((question, id) => JSON.stringify({ id, ...question })).join('\n')
  const { stdout, status, stderr } = spawnSync(join(programs, 'istiod-render'), {
    input: `${input}\n`,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  const answers = stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Rendered)
  if (answers.length !== questions.length)
    throw new Error(
      `istiod-render ended with ${String(status)} after ${String(answers.length)} answers: ${stderr}`,
    )
  return answers
}
