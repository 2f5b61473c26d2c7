import { join } from 'node:path'
import { ProblemError } from '../domain/problem.ts'
import {
  describeConflict,
  describeKnown,
  describeResolution,
} from '../domain/setup/versions/describe-versions.ts'
import { findPitfalls } from '../domain/setup/versions/find-pitfalls.ts'
import { KNOWN_RELEASES } from '../domain/setup/versions/known-releases.ts'
import { resolveVersions } from '../domain/setup/versions/resolve-versions.ts'
import type { ClusterProvider, MeshName, VersionOptions } from '../domain/setup/versions/version-set.ts'
import { createTools, type Tools } from '../services/setup/tools/tools.ts'
import type { Command } from './command.ts'
import { dataFolder } from './folders.ts'
import { readOutput } from './output-option.ts'

type ToolState = Awaited<ReturnType<Tools['list']>>[number]

const MESHES: Readonly<Record<string, readonly MeshName[]>> = {
  Istio: ['istio'],
  Linkerd: ['linkerd'],
  'Istio and Linkerd': ['istio', 'linkerd'],
}
const PROVIDERS: readonly ClusterProvider[] = ['kind', 'minikube', 'existing']

export const versions: Command = {
  name: 'versions',
  usage: 'versions [-o text|json]',
  summary: 'Says which versions go together, and which tools are here.',
  details: [
    '  --mesh istio|linkerd|both     only this one; without it each of the three',
    '  --provider kind|minikube|existing',
    '  --kubernetes, --istio, --linkerd, --gateway-api, --kind, --minikube VERSION',
    '                                a version that is wished: 1.35.8 or 1.35; for Linkerd edge-26.9.1 or 2.20',
    '  --route-kind KIND             a kind of the Gateway API that will be used, such as TCPRoute; more than once',
    '  -o text|json                  text for people (the default), or one JSON object',
    '',
    'A kind or minikube that is on the PATH is taken as it is, unless another version is wished.',
    'Exit code 0 where all go together, 1 where wishes do not, 2 where the command is used wrongly.',
  ],
  options: {
    output: { type: 'string', short: 'o' },
    mesh: { type: 'string' },
    provider: { type: 'string' },
    kubernetes: { type: 'string' },
    istio: { type: 'string' },
    linkerd: { type: 'string' },
    'gateway-api': { type: 'string' },
    kind: { type: 'string' },
    minikube: { type: 'string' },
    'route-kind': { type: 'string', multiple: true },
  },
  async run(values) {
    const output = readOutput(values['output'], ['text', 'json'])
    const titles = readMeshes(values['mesh'])
    const tools = await createTools({ folder: join(dataFolder(), 'tools'), env: process.env }).list()
    const options = readOptions(values, tools)
    const sets = titles.map(title => {
      const meshes = MESHES[title] ?? []
      return { title, meshes, ...resolveVersions({ ...options, meshes }) }
    })
    if (output === 'json')
      console.log(JSON.stringify({ sets, pitfalls: findPitfalls(), here: tools, known: KNOWN_RELEASES }))
    else
      console.log(
        [
          'Versions that go together',
          ...sets.flatMap(({ title, ...resolution }) => describeResolution(title, resolution)),
          '',
          'Good to know',
          ...findPitfalls().map(describeConflict),
          '',
          'Here',
          ...tools.map(describeTool),
          '',
          'Known',
          ...describeKnown(),
        ].join('\n'),
      )
    return sets.some(({ conflicts }) => conflicts.some(({ severity }) => severity === 'error')) ? 1 : 0
  },
}

function readMeshes(value: unknown): readonly string[] {
  if (value === undefined) return Object.keys(MESHES)
  const names = { istio: 'Istio', linkerd: 'Linkerd', both: 'Istio and Linkerd' }
  const found = Object.entries(names).find(([name]) => name === value)
  if (!found)
    throw new ProblemError({
      code: 'bad-input',
      message: `--mesh takes istio, linkerd or both, not ${JSON.stringify(value)}`,
    })
  return [found[1]]
}

function readOptions(
  values: Readonly<Record<string, unknown>>,
  tools: readonly ToolState[],
): Omit<VersionOptions, 'meshes'> {
  const provider = PROVIDERS.find(each => each === (values['provider'] ?? 'kind'))
  if (!provider)
    throw new ProblemError({
      code: 'bad-input',
      message: `--provider takes ${PROVIDERS.join(', ')}, not ${JSON.stringify(values['provider'])}`,
    })
  const here = (tool: string): string | undefined => tools.find(each => each.tool === tool)?.used?.version
  const kinds = values['route-kind']
  const given = {
    kubernetes: values['kubernetes'],
    istio: values['istio'],
    linkerd: values['linkerd'],
    gatewayApi: values['gateway-api'],
    kind: values['kind'] ?? here('kind'),
    minikube: values['minikube'] ?? here('minikube'),
  }
  return {
    provider,
    today: new Date().toISOString().slice(0, 10),
    ...(Array.isArray(kinds) ? { routeKinds: kinds.filter(each => typeof each === 'string') } : {}),
    ...Object.fromEntries(Object.entries(given).filter(([, version]) => typeof version === 'string')),
  }
}

function describeTool({ tool, used, why, programs }: ToolState): string {
  const broken = programs.find(({ problem }) => problem)?.problem
  if (!used) return `  ${tool}: ${why}${broken ? ` (${broken.message})` : ''}`
  const others = programs.filter(program => program !== used).map(({ version, path }) => version ?? path)
  return `  ${tool} ${used.version ?? '(version not told)'}: ${used.path}. ${why}${others.length === 0 ? '' : `; also ${others.join(', ')}`}`
}
