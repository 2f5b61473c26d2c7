import { isRecord } from '../../is-record.ts'
import { isMap, LineCounter, parseDocument } from 'yaml'
import { ProblemError } from '../../problem.ts'
import { findKeyProblems } from '../../yaml/key-problems.ts'
import { LineIndex } from '../../yaml/lines.ts'
import { assertTextLimits, checkExpansion } from '../../yaml/read-yaml.ts'
import { describeYamlError } from './describe-yaml-error.ts'
import type { PortMapping } from './local-cluster.ts'

/** What of a configuration matters before kind reads it. */
export interface KindConfig {
  readonly nodes: number
  readonly ports: readonly PortMapping[]
  readonly images: readonly string[]
}

const recordsOf = (value: unknown) => (Array.isArray(value) ? value.filter(isRecord) : [])

function fail(message: string, hint: string, line = 1, column = 1): never {
  throw new ProblemError({ code: 'bad-input', message, hint, at: 'config', line, column })
}

/** Reads a configuration that somebody may have edited. Source: https://kind.sigs.k8s.io/docs/user/configuration/ */
export function readKindConfig(text: string): KindConfig {
  assertTextLimits(text)
  const lines = new LineCounter()
  // The keys are looked at below: the parser compares each with each.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false })
  const [error] = document.errors
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    fail(
      `The configuration is not YAML: ${describeYamlError(error.message)}`,
      'Check the marked line.',
      line,
      col,
    )
  }
  const [twice] = document.contents === null ? [] : findKeyProblems(document.contents, new LineIndex(text))
  if (twice) fail(twice.message, 'Look at the line that is marked.', twice.line, twice.column)
  if (!isMap(document.contents)) fail('The configuration is empty', 'It begins with kind: Cluster.')
  const bomb = checkExpansion(document)
  if (bomb) throw new ProblemError({ ...bomb, at: 'config', line: 1, column: 1 })
  const config = document.toJS() as Readonly<Record<string, unknown>>
  if (config['kind'] !== 'Cluster')
    fail('The configuration is not one of a kind cluster', 'It begins with kind: Cluster.')
  if (config['apiVersion'] !== 'kind.x-k8s.io/v1alpha4')
    fail(
      `kind does not read the apiVersion ${JSON.stringify(config['apiVersion'] ?? '')}`,
      'Write apiVersion: kind.x-k8s.io/v1alpha4.',
    )
  const nodes = recordsOf(config['nodes'])
  return {
    // Without nodes, kind makes one.
    nodes: Math.max(1, nodes.length),
    ports: nodes
      .flatMap(node => recordsOf(node['extraPortMappings']))
      .map(each => ({ host: Number(each['hostPort'] ?? 0), node: Number(each['containerPort'] ?? 0) }))
      // 0 and -1 leave the choice to the engine.
      .filter(({ host }) => host > 0),
    images: [...new Set(nodes.flatMap(({ image }) => (typeof image === 'string' ? [image] : [])))],
  }
}
