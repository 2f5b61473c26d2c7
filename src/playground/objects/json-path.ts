import { isObject } from './json.ts'

// What CRDs' additionalPrinterColumns use of kubectl's JSONPath: fields, `['name']`, indices, `[*]` and filters
// `[?(@.type=="Ready")]`. Source: k8s.io/client-go/util/jsonpath.

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'filter'; readonly path: readonly Step[]; readonly value: unknown }

const compiled = new Map<string, readonly Step[]>()

function stepsOf(path: string): readonly Step[] {
  const known = compiled.get(path)
  if (known !== undefined) return known
  const pattern =
    /\.?\[\?\(@(?<filter>[^=!]+?)\s*==\s*(?<value>"[^"]*"|'[^']*'|[^)]+)\)\]|\.?\[(?<all>\*)\]|\[(?<index>-?\d+)\]|\[(?:'(?<single>[^']*)'|"(?<double>[^"]*)")\]|\.(?<field>(?:\\.|[^.[\\])+)/gy
  const steps: Step[] = []
  for (const { groups = {} } of path.matchAll(pattern)) {
    const name = groups['single'] ?? groups['double'] ?? groups['field']?.replaceAll('\\', '')
    if (groups['filter'] !== undefined) {
      const text = (groups['value'] ?? '').trim()
      const value: unknown = /^["']/.test(text) ? text.slice(1, -1) : JSON.parse(text)
      steps.push({ kind: 'filter', path: stepsOf(groups['filter']), value })
    } else if (groups['all'] !== undefined || name === '*') steps.push({ kind: 'all' })
    else if (groups['index'] !== undefined) steps.push({ kind: 'index', index: Number(groups['index']) })
    else if (name !== undefined) steps.push({ kind: 'field', name })
  }
  compiled.set(path, steps)
  return steps
}

function follow(value: unknown, steps: readonly Step[]): readonly unknown[] {
  const [step, ...rest] = steps
  if (step === undefined) return value === undefined ? [] : [value]
  const next = (child: unknown): readonly unknown[] => (child === undefined ? [] : follow(child, rest))
  switch (step.kind) {
    case 'field':
      return isObject(value) ? next(value[step.name]) : []
    case 'index':
      return Array.isArray(value) ? next((value as readonly unknown[]).at(step.index)) : []
    case 'all':
      return (
        Array.isArray(value) ? (value as readonly unknown[]) : isObject(value) ? Object.values(value) : []
      ).flatMap(next)
    case 'filter':
      return (Array.isArray(value) ? (value as readonly unknown[]) : [])
        .filter(item => follow(item, step.path)[0] === step.value)
        .flatMap(next)
  }
}

/** All values that a path of a printer column leads to. */
export const valuesAtJsonPath = (value: unknown, path: string): readonly unknown[] =>
  follow(value, stepsOf(path))
