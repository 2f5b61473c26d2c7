import { Document, isMap, visit } from 'yaml'
import type { Random } from './random.ts'
import type { Fields } from './world.ts'

/** Objects as YAML documents, each in another of the ways that people and programs write it. */
export const printObjects = (random: Random, objects: readonly Fields[]): string =>
  objects.map(object => `---\n${printObject(random, object)}`).join('')

function printObject(random: Random, object: Fields): string {
  // The same part used twice becomes an anchor and an alias.
  const document = new Document(object, { aliasDuplicateObjects: random.isTrue(0.7) })
  const style = random.below(4)
  if (style === 1 && isMap(document.contents)) {
    const spec = document.contents.get('spec', true)
    if (isMap(spec)) spec.flow = true
  }
  if (style === 2)
    visit(document, {
      Map: (key, node) => {
        if (key !== null && random.isTrue(0.15) && !node.items.some(item => isMap(item.value)))
          node.flow = true
      },
      Scalar: (key, node) => {
        if (key === 'value' && typeof node.value === 'string' && random.isTrue(0.4))
          node.type = random.pick(['QUOTE_DOUBLE', 'QUOTE_SINGLE'])
      },
    })
  // Go's reader knows YAML 1.1, where a question mark ends a plain text within braces.
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'string' && node.value.includes('?')) node.type = 'QUOTE_DOUBLE'
    },
  })
  if (random.isTrue(0.2)) document.commentBefore = ' written by hand'
  return document.toString({
    indent: random.pick([2, 2, 4]),
    indentSeq: random.isTrue(0.5),
    lineWidth: random.pick([0, 40, 120]),
  })
}
