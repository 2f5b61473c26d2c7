import type { ParsedNode } from 'yaml'
import { isMap, isScalar, isSeq } from 'yaml'
import type { Problem } from '../problem.ts'
import type { LineIndex } from './lines.ts'

/**
 * Keys that stand twice in a map, and keys that are no text, as kubectl refuses them. Looks at each key once: the parser's
 * own check (`uniqueKeys`) compares each with each, which takes a minute for a map of 50,000.
 */
export function findKeyProblems(root: ParsedNode, lines: Pick<LineIndex, 'positionOf'>): readonly Problem[] {
  const problems: Problem[] = []
  const open: unknown[] = [root]
  while (open.length > 0) {
    const node = open.pop()
    if (isSeq(node)) open.push(...node.items.toReversed())
    if (!isMap<ParsedNode, ParsedNode | null>(node)) continue
    const seen = new Set<unknown>()
    for (const { key, value } of node.items) {
      open.push(value)
      if (isMap(key) || isSeq(key))
        problems.push({
          code: 'bad-input',
          message: `A key is ${isMap(key) ? 'a map' : 'a list'}, not text`,
          ...lines.positionOf(key.range[0]),
        })
      if (!isScalar(key)) continue
      // A merge key may stand several times.
      if (seen.has(key.value) && key.value !== '<<')
        problems.push({
          code: 'bad-input',
          message: `The key ${JSON.stringify(key.value)} stands twice in the same map`,
          ...lines.positionOf(key.range[0]),
        })
      seen.add(key.value)
    }
  }
  return problems
}
