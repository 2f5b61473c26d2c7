import { describe, expect, test } from 'vitest'
import { parseManifest } from '../../../domain/yaml/manifest.ts'
import { appendDocument, snippets } from './snippets.ts'
import { mergeProblems } from './text-problems.ts'

describe('appendDocument', () => {
  test.each([
    ['to nothing', '', 'a: 1\n', 'a: 1\n', 1],
    ['to blank lines', '\n\n', 'a: 1\n', 'a: 1\n', 1],
    ['to a document', 'b: 2\n\n', 'a: 1\n', 'b: 2\n---\na: 1\n', 3],
    ['behind a separator', 'b: 2\n---\n', 'a: 1\n', 'b: 2\n---\na: 1\n', 3],
    ['with the line ends of the text', 'b: 2\r\n', 'a: 1\n', 'b: 2\r\n---\r\na: 1\r\n', 3],
  ])('%s', (_, text, added, expected, line) => {
    expect(appendDocument(text, added)).toEqual({ text: expected, line })
  })
})

test.each(snippets.map(({ kind, text }) => [kind, text('shop')] as const))(
  'the snippet %s is a whole object',
  (kind, text) => {
    const { documents, problems } = parseManifest(text)
    expect(problems).toEqual([])
    expect(documents).toMatchObject([{ kind, namespace: 'shop' }])
  },
)

describe('mergeProblems', () => {
  const parsed = { code: 'bad-input', message: 'The YAML cannot be read', line: 3, column: 1 } as const
  test.each([
    ['nothing', [], [], []],
    ['what the parser says counts on its line', [parsed], [{ ...parsed, message: 'the same' }], [parsed]],
    ['by line', [parsed], [{ ...parsed, line: 1 }], [{ ...parsed, line: 1 }, parsed]],
    ['each once', [], [parsed, parsed], [parsed]],
  ])('%s', (_, ours, markers, expected) => {
    expect(mergeProblems(ours, markers)).toEqual(expected)
  })
})
