import type { Problem } from '../problem.ts'
import { optionalFields, textOf } from '../istio/fields/read-fields.ts'
import type { FieldProblem } from '../simulation/read-request.ts'
import { readRequest, unknownFields } from '../simulation/read-request.ts'
import { LineIndex } from '../yaml/lines.ts'
import type { ManifestDocument } from '../yaml/manifest.ts'
import { parseManifest } from '../yaml/manifest.ts'
import type { Path } from '../yaml/path.ts'
import { formatPath } from '../yaml/path.ts'
import { rangeOfPath } from '../yaml/positions.ts'
import { readExpectation } from './read-expectation.ts'
import type { RouteTest } from './route-test.ts'

export interface RouteTests {
  readonly tests: readonly RouteTest[]
  /** Everything that is wrong, with its line; a test with a problem is not among the tests. */
  readonly problems: readonly Problem[]
}

const TEST_FIELDS = ['name', 'request', 'expect']

/** Reads a text of route tests: a list of named requests with what is expected. Never throws. */
export function parseRouteTests(text: string): RouteTests {
  const manifest = parseManifest(text)
  const lines = new LineIndex(text)
  const tests: RouteTest[] = []
  const problems: Problem[] = [...manifest.problems]
  const names = new Set<string>()
  for (const document of manifest.documents) {
    if (document.root === undefined) continue
    const locate = (path: Path): { readonly line: number; readonly column: number } =>
      lines.positionOf(startOf(document, path, text))
    if (!Array.isArray(document.value)) {
      problems.push({
        code: 'bad-input',
        message: 'Route tests are a list of tests, each with "name", "request" and "expect"',
        hint: 'Begin each test with "- name:"',
        ...locate([]),
      })
      continue
    }
    for (const [index, item] of document.value.entries()) {
      const { test, found } = readTest(item, index, locate([index]).line)
      if (test !== undefined && names.has(test.name))
        found.push({ path: [index, 'name'], message: `Two tests are called ${JSON.stringify(test.name)}` })
      for (const { path, message, hint } of found)
        problems.push({
          code: 'bad-input',
          message,
          at: formatPath(path),
          ...locate(path),
          ...(hint === undefined ? {} : { hint }),
        })
      if (test === undefined || found.length > 0) continue
      names.add(test.name)
      tests.push(test)
    }
  }
  return { tests, problems }
}

/** The offset of what a path names, or of the nearest thing around it that the text has. */
function startOf(document: ManifestDocument, path: Path, text: string): number {
  for (let length = path.length; length > 0; length--) {
    const range = rangeOfPath(document, path.slice(0, length), text)
    if (range !== undefined) return range.start
  }
  return document.start
}

function readTest(
  value: unknown,
  index: number,
  line: number,
): { test: RouteTest | undefined; found: FieldProblem[] } {
  const fields = optionalFields(value)
  if (fields === undefined)
    return {
      test: undefined,
      found: [{ path: [index], message: 'A test is a map with "name", "request" and "expect"' }],
    }
  const found: FieldProblem[] = [...unknownFields(fields, TEST_FIELDS, [])]
  const name = textOf(fields['name'])
  if (name === undefined)
    found.push({ path: ['name'], message: 'A test needs a "name" that says what it is about' })
  const written = fields['request']
  if (written === undefined) found.push({ path: [], message: 'The test has no "request"' })
  else found.push(...within('request', readRequest(written).problems))
  const { expectation, problems } = readExpectation(fields['expect'])
  found.push(...within('expect', problems))
  return {
    test: name === undefined ? undefined : { name, request: written, expect: expectation, line },
    found: found.map(problem => ({ ...problem, path: [index, ...problem.path] })),
  }
}

const within = (field: string, problems: readonly FieldProblem[]): readonly FieldProblem[] =>
  problems.map(problem => ({ ...problem, path: [field, ...problem.path] }))
