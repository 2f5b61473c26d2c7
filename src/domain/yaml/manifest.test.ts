import { describe, expect, test } from 'vitest'
import { LineIndex } from './lines.ts'
import { parseManifest } from './manifest.ts'
import { linesOfPath, pathAt, rangeOfPath } from './positions.ts'

const two = `# first
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
---
---
# second
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: api
spec:
  http:
  - route:
    - destination: {host: api}
      weight: 90 # most
`

describe('parseManifest', () => {
  test('tells documents, what they are and where', () => {
    const { documents, problems } = parseManifest(two)
    expect(problems).toEqual([])
    expect(
      documents.map(({ index, kind, name, namespace, line, endLine }) => ({
        index,
        kind,
        name,
        namespace,
        line,
        endLine,
      })),
    ).toEqual([
      { index: 0, kind: 'Service', name: 'api', namespace: 'shop', line: 2, endLine: 4 },
      { index: 1, kind: 'VirtualService', name: 'api', namespace: undefined, line: 8, endLine: 16 },
    ])
    expect(documents[1]?.value).toMatchObject({ spec: { http: [{ route: [{ weight: 90 }] }] } })
  })

  test.each([
    ['', 0],
    ['# nothing\n', 0],
    ['---\n---\n', 0],
    ['just text', 1],
    ['[]', 1],
  ])('%j has documents but no problems', (text, count) => {
    const { documents, problems } = parseManifest(text)
    expect(documents).toHaveLength(count)
    expect(problems).toEqual([])
  })

  test.each([
    ['a: [1, 2\nb: 3\n', 2],
    ['a: 1\n  b: 2\n', 1],
    ['a: 1\na: 2\n', 2],
    ['a: *none\n', 1],
    ['\tx: 1\n', 1],
    ['a: "open\n', 2],
  ])('%j is wrong in line %i', (text, line) => {
    const { problems } = parseManifest(text)
    expect(problems[0]).toMatchObject({ code: 'bad-input', line })
  })

  test('a broken document leaves the others readable', () => {
    const { documents } = parseManifest('a: [\n---\nkind: Pod\n')
    expect(documents.at(-1)?.kind).toBe('Pod')
  })

  test('__proto__ is a key like any other', () => {
    const { documents } = parseManifest('__proto__: {polluted: true}\n')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(Object.keys(documents[0]?.value as object)).toEqual(['__proto__'])
  })

  const bomb = `a: &a [x, x, x, x, x, x, x, x, x, x]\n${'bcdefghij'
    .split('')
    .map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghi'[index]}`).join(', ')}]`)
    .join('\n')}\n`
  test.each([
    ['an alias bomb', bomb],
    ['flow levels', '['.repeat(1_000_000)],
    ['closed flow levels', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['dashes', '- '.repeat(500_000)],
    ['indented levels', Array.from({ length: 5000 }, (_, level) => `${' '.repeat(level)}a:`).join('\n')],
    ['a giant text', `a: "${'x'.repeat(50_000_000)}"`],
  ])('refuses %s', (_, text) => {
    const { problems } = parseManifest(text)
    expect(problems[0]?.code).toBe('too-large')
  })
})

describe('positions', () => {
  const [, document] = parseManifest(two).documents
  const path = ['spec', 'http', 0, 'route', 0, 'weight']

  test('a path has a range and lines', () => {
    const range = rangeOfPath(document!, path, two)
    expect(two.slice(range?.start, range?.end)).toBe('weight: 90')
    expect(linesOfPath(document!, ['spec', 'http', 0], two)).toEqual({ fromLine: 14, toLine: 16 })
    expect(rangeOfPath(document!, ['spec', 'tls'], two)).toBeUndefined()
  })

  test.each([
    ['weight: 90', path],
    ['most', path],
    ['destination: {host', ['spec', 'http', 0, 'route', 0, 'destination']],
    ['host: api', ['spec', 'http', 0, 'route', 0, 'destination', 'host']],
    ['- route', ['spec', 'http', 0]],
    ['VirtualService', ['kind']],
  ])('%j is at its path', (words, expected) => {
    expect(pathAt(document!, two.indexOf(words), two)).toEqual(expected)
  })

  test('lines and offsets', () => {
    const lines = new LineIndex('a\r\nbc\n')
    expect([0, 1, 3, 4, 6].map(offset => lines.positionOf(offset))).toEqual([
      { line: 1, column: 1 },
      { line: 1, column: 2 },
      { line: 2, column: 1 },
      { line: 2, column: 2 },
      { line: 3, column: 1 },
    ])
    expect(lines.offsetOf(2)).toBe(3)
  })
})

// As `kubectl annotate --local -o json` 1.36 reads them.
test.each<[string, unknown]>([
  ['yes', true],
  ['On', true],
  ['y', true],
  ['NO', false],
  ['off', false],
  ['yEs', 'yEs'],
  ['"yes"', 'yes'],
  ['!!str yes', 'yes'],
  ['017', 15],
  ['0o17', 15],
  ['08', 8],
  ['0', 0],
  ['1_000', 1000],
  ['1_0.5', 10.5],
  ['0b11', 3],
  ['0x1F', 31],
  ['0x_1', 1],
  ['1:30', '1:30'],
  ['190:20:30', '190:20:30'],
  ['2001-01-01', '2001-01-01'],
  ['1.10', 1.1],
  ['12e03', 12000],
  ['.5', 0.5],
  ['5.', 5],
  ['v1', 'v1'],
  ['1.2.3', '1.2.3'],
])('%s is what kubectl reads', (text, value) => {
  expect(parseManifest(`a: ${text}\n`).documents[0]?.value).toEqual({ a: value })
})
