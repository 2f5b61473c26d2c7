import type { MeshOptions } from '../domain/istio/mesh.ts'
import type { MeshConfigSource } from '../domain/istio/settings/mesh-config-sources.ts'
import { readMeshConfigText } from '../domain/istio/settings/mesh-config-sources.ts'
import { MESH_CONFIG_FIELDS } from '../domain/istio/settings/mesh-config-fields.ts'
import { ProblemError } from '../domain/problem.ts'
import { closestWord } from '../domain/simulation/closest-word.ts'
import { parseManifest } from '../domain/yaml/manifest.ts'
import { fileTitle, readText } from './read-text.ts'

/** The options of commands that decide requests: how the mesh is set. */
export const MESH_OPTIONS = {
  'mesh-config': { type: 'string' },
  'cluster-domain': { type: 'string' },
} as const

export const MESH_OPTIONS_HELP: readonly string[] = [
  '  --mesh-config FILE        the settings of the mesh: a MeshConfig, the ConfigMap istio, an IstioOperator or Helm values',
  '  --cluster-domain NAME     the DNS domain of the cluster',
]

/** What `--mesh-config` and `--cluster-domain` say. Throws where one of them cannot be read. */
export async function readMeshOptions(values: Readonly<Record<string, unknown>>): Promise<MeshOptions> {
  const [file, domain] = [values['mesh-config'], values['cluster-domain']]
  return {
    ...(typeof file === 'string' ? { meshConfig: await readMeshConfig(file) } : {}),
    ...(typeof domain === 'string' ? { clusterDomain: requireDomain(domain) } : {}),
  }
}

function requireDomain(text: string): string {
  if (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(text)) return text
  throw new ProblemError({
    code: 'bad-input',
    message: `--cluster-domain takes a DNS name such as cluster.local, not ${JSON.stringify(text)}`,
  })
}

async function readMeshConfig(file: string): Promise<MeshConfigSource> {
  const { documents, problems } = parseManifest(await readText(file))
  const title = fileTitle(file)
  const [problem] = problems
  if (problem !== undefined)
    throw new ProblemError({
      ...problem,
      message: `${title}:${String(problem.line ?? 1)}:${String(problem.column ?? 1)}: ${problem.message}`,
    })
  const sources = documents.flatMap(({ value }) => readMeshConfigText(value, `--mesh-config ${title}`) ?? [])
  const [source] = sources
  if (source === undefined)
    throw new ProblemError({
      code: 'bad-input',
      message: `${title} has no MeshConfig`,
      hint: 'It takes a MeshConfig, a ConfigMap with data.mesh, an IstioOperator, or Helm values with meshConfig',
    })
  if (sources.length > 1)
    throw new ProblemError({ code: 'bad-input', message: `${title} has more than one MeshConfig` })
  const unknown = Object.keys(source.config).find(name => !Object.hasOwn(MESH_CONFIG_FIELDS, name))
  if (unknown !== undefined) {
    const near = closestWord(unknown, Object.keys(MESH_CONFIG_FIELDS))
    throw new ProblemError({
      code: 'bad-input',
      message: `${title}: MeshConfig has no field "${unknown}"`,
      ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
    })
  }
  return source
}
