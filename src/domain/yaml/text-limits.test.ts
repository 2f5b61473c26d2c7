import { describe, expect, test } from 'vitest'
import { Lexer } from 'yaml'
import { countTokens } from './count-tokens.ts'
import { parseManifest } from './manifest.ts'
import { readYamlDocument, readYamlDocuments } from './read-yaml.ts'
import { checkTextLimits, TEXT_LIMITS } from './text-limits.ts'

const repeat = (text: string, count: number): string => text.repeat(count)
const laughs = (item: string): string =>
  [
    'a0: &a0 {x: 1}',
    ...Array.from(
      { length: 40 },
      (_, index) => `a${index + 1}: &a${index + 1} ${item.replaceAll('*', `*a${index}`)}`,
    ),
  ].join('\n')

/** Each costs the parser seconds, hundreds of megabytes, or never ends. */
const bombs: readonly (readonly [name: string, text: string])[] = [
  ['a flow list of 0.8 MB', `a: [${repeat('x,', 400_000)}x]`],
  ['a flow list of 4 MB', `a: [${repeat('x,', 2_000_000)}x]`],
  ['flow maps', `a: [${repeat('{a: 1},', 200_000)}]`],
  ['a block list', repeat('- x\n', 500_000)],
  ['a list in a list of an object', `apiVersion: v1\nkind: List\nitems:\n${repeat('- {a: [1]}\n', 100_000)}`],
  ['JSON', JSON.stringify({ a: Array.from({ length: 300_000 }, (_, index) => index) })],
  ['a map of many keys', Array.from({ length: 200_000 }, (_, index) => `k${index}: v`).join('\n')],
  ['empty values', `a: [${repeat(',', 400_000)}]`],
  ['blank lines', repeat('\n', 4_000_000)],
  ['comments', repeat('# x\n', 1_000_000)],
  ['anchors', `a: [${repeat('&x 1,', 150_000)}]`],
  ['tags', `a: [${repeat('!!str x,', 150_000)}]`],
  ['100,000 documents', repeat('---\na: 1\n', 100_000)],
  ['100,000 empty documents', repeat('---\n', 100_000)],
  ['closing brackets', `a: [${repeat('}', 400_000)}`],
  ['a million levels of a flow list', repeat('[', 1_000_000)],
  ['a million levels of a block list', repeat('- ', 1_000_000)],
  ['50 MB in one scalar', `a: ${repeat('x', 50_000_000)}`],
  ['a billion laughs', laughs('[*, *]')],
  ['a billion laughs by merge keys', laughs('{<<: [*, *]}')],
  ['a billion laughs by keys of a map', laughs('{a: *, b: *}')],
  ['one large anchor a thousand times', `a: &a [${repeat('x,', 10_000)}x]\nb: [${repeat('*a,', 900)}]`],
  ['10,000 aliases', `a: &a x\nb: [${repeat('*a,', 10_000)}]`],
  ['an anchor that holds itself', 'a: &a [*a]'],
]

describe('a text that the parser would choke on is refused before it is parsed', () => {
  test.each(bombs)('%s', (_name, text) => {
    const { documents, problems } = parseManifest(text)
    expect(problems.map(({ code }) => code)).toContain('too-large')
    expect(documents.every(({ value }) => value === undefined)).toBe(true)
  })
})

test.each([
  ['a flow list', bombs[0]?.[1] ?? ''],
  ['aliases', laughs('[*, *]')],
])('every other reader of YAML refuses %s too', (_name, text) => {
  for (const read of [readYamlDocuments, readYamlDocument]) {
    const attempt = (): unknown => read(text)
    expect(attempt).toThrow(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'too-large' }) as unknown }),
    )
  }
})

describe('what people write is read', () => {
  const service = (index: number): string => `apiVersion: v1
kind: Service
metadata:
  name: s${index} # its name
  labels: {app: "s${index}", tier: 'backend'}
spec:
  ports:
    - name: http
      port: 80
  selector:
    app: s${index}
`
  test.each([
    [
      '1,900 Services, 21,000 lines',
      Array.from({ length: 1900 }, (_, index) => service(index)).join('---\n'),
      1900,
    ],
    [
      'a ConfigMap with a megabyte of JSON in a block',
      `kind: ConfigMap\ndata:\n  a: |\n${repeat('    {"a": [1, 2, 3]},\n', 60_000)}`,
      1,
    ],
    [
      'a ConfigMap with a megabyte of JSON in quotes',
      `kind: ConfigMap\ndata:\n  a: '${repeat('{"a": [1, 2, 3]}, ', 60_000)}'`,
      1,
    ],
    ['a long certificate', `kind: ConfigMap\ndata:\n  a: ${repeat('QUJD', 500_000)}`, 1],
    ['aliases as people use them', `a: &a {x: 1, y: [1, 2]}\nb: {<<: *a, z: 1}\nc: [*a, *a]`, 1],
    ['a few thousand documents', repeat('---\nkind: A\n', 5000), 5000],
  ])('%s', (_name, text, count) => {
    const { documents, problems } = parseManifest(text)
    expect(problems).toEqual([])
    expect(documents).toHaveLength(count)
  })
})

test('counts as many tokens as the parser’s lexer makes', () => {
  const parts = [
    'a',
    'b c',
    ' ',
    '  ',
    '\n',
    ':',
    ': ',
    '- ',
    '-',
    '?',
    '? ',
    ',',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '#',
    ' #',
    '&x',
    '*x',
    '!',
    '!!str',
    '|',
    '>',
    '%',
    '@',
    '`',
    '\t',
    '\r\n',
    '---',
    '...',
    '<<',
    '\\',
    '1',
    'é',
    '\u2028',
    '|-',
    '>+2',
    '"a":',
    'a: |\n',
    '\n  ',
    '\n    ',
    '\r',
    '!<x>',
    '!a%20',
    '%YAML 1.2',
    "''",
    '\\"',
    '\n---\n',
    '😀',
    '\ufeff',
  ]
  let seed = 42
  const next = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % below
  }
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: next(30) }, () => parts[next(parts.length)]).join('')
    expect([countTokens(text, Infinity), text]).toEqual([[...new Lexer().lex(text)].length, text])
  }
})

test.each(bombs)('counts the tokens of %s no further than the limit', (_name, text) => {
  expect(countTokens(text, 1000)).toBeLessThan(1010)
})

test('a limit of one’s own counts', () => {
  expect(checkTextLimits('a: [1, 2, 3]', { ...TEXT_LIMITS, maxTokens: 5 })?.code).toBe('too-large')
  expect(checkTextLimits('a: [1, 2, 3]', { ...TEXT_LIMITS, maxTokens: 50 })).toBeUndefined()
})
