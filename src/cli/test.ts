import { ProblemError } from '../domain/problem.ts'
import type { FileResults } from '../domain/route-tests/junit-report.ts'
import { reportJunit } from '../domain/route-tests/junit-report.ts'
import { parseRouteTests } from '../domain/route-tests/parse-route-tests.ts'
import type { RouteTest } from '../domain/route-tests/route-test.ts'
import { runRouteTests } from '../domain/route-tests/run-route-tests.ts'
import { recordDecision } from '../domain/simulation/decision-record.ts'
import { describeDecision } from '../domain/simulation/describe-decision.ts'
import type { Command } from './command.ts'
import { MESH_OPTIONS, MESH_OPTIONS_HELP, readMeshOptions } from './mesh-options.ts'
import { readNamespace } from './namespace-option.ts'
import { readOutput } from './output-option.ts'
import { problemOfFiles } from './file-problem.ts'
import { readManifests } from './read-manifests.ts'
import { readText } from './read-text.ts'
import { simulateFiles } from './simulate-files.ts'

export const test: Command = {
  name: 'test',
  usage: 'test PATH… [-o text|json|junit] [--mesh-config FILE] [--cluster-domain NAME]',
  summary: 'Runs the route tests (*.routes.yaml) found in the folders.',
  details: [
    '  PATH…                     files and folders with manifests and route tests',
    '  -o text|json|junit        text for people (the default), one JSON object, or JUnit XML for CI',
    '  --namespace NS            where objects and callers without a namespace are (default)',
    ...MESH_OPTIONS_HELP,
    '',
    'A test is a request and what is expected of it:',
    '  - name: beta users get v2',
    '    request: {from: {labels: {app: frontend}}, url: http://myapp/, headers: {user-type: beta}}',
    '    expect: {route: default/myapp, destination: myapp, subset: v2, weight: 100}',
    'docs/guide/route-tests.md has all fields.',
    '',
    'What is wrong in the manifests is on standard error, one error or warning a line with its place and code.',
    '',
    'Exit code 0 where every test passes, 1 where one fails, 2 where something cannot be read or a cluster would refuse an object.',
  ],
  options: {
    output: { type: 'string', short: 'o' },
    namespace: { type: 'string', short: 'n' },
    ...MESH_OPTIONS,
  },
  takesPaths: true,
  async run(values, paths) {
    const output = readOutput(values['output'], ['text', 'json', 'junit'])
    const namespace = readNamespace(values['namespace'])
    const manifests = await readManifests(paths, namespace)
    if (manifests.routeTests.length === 0)
      throw new ProblemError({
        code: 'not-found',
        message: `there are no route tests (*.routes.yaml) in ${paths.join(', ')}`,
      })
    const testFiles: { file: string; tests: readonly RouteTest[] }[] = []
    for (const file of manifests.routeTests) testFiles.push({ file, tests: await readTests(file) })
    const { simulated, refused, notes, findings } = simulateFiles(
      manifests,
      namespace,
      await readMeshOptions(values),
    )
    if (refused.length > 0) throw problemOfFiles(refused)
    for (const note of [...notes, ...findings]) console.error(`mesh-workbench: ${note}`)
    const files = testFiles.map(({ file, tests }) => ({ file, results: runRouteTests(simulated, tests) }))
    console.log(report(output, files))
    return files.some(({ results }) => results.some(({ passed }) => !passed)) ? 1 : 0
  },
}

async function readTests(file: string): Promise<readonly RouteTest[]> {
  const { tests, problems } = parseRouteTests(await readText(file))
  const [problem] = problems
  if (problem === undefined) return tests
  const others = problems.length - 1
  const more = others === 0 ? '' : ` (and ${String(others)} more)`
  throw new ProblemError({
    ...problem,
    message: `${file}:${String(problem.line ?? 1)}:${String(problem.column ?? 1)}: ${problem.message}${more}`,
  })
}

function report(output: 'text' | 'json' | 'junit', files: readonly FileResults[]): string {
  switch (output) {
    case 'text':
      return reportText(files)
    case 'json':
      return JSON.stringify(reportJson(files), undefined, 2)
    case 'junit':
      return reportJunit(files)
  }
}

function reportText(files: readonly FileResults[]): string {
  const lines: string[] = []
  for (const { file, results } of files) {
    lines.push(file)
    for (const { test: own, passed, differences, request, decision } of results) {
      lines.push(`  ${passed ? 'pass' : 'FAIL'}  ${own.name}`)
      if (passed) {
        for (const name of decision?.unknown ?? []) lines.push(`        the files do not tell: ${name}`)
        continue
      }
      lines.push(`        ${file}:${String(own.line)}`, ...differences.map(item => `        ${item}`))
      if (request !== undefined && decision !== undefined)
        lines.push(...describeDecision('this test', request, decision).map(line => `        ${line}`))
    }
  }
  const all = files.flatMap(({ results }) => results)
  const failed = all.filter(({ passed }) => !passed).length
  return [...lines, '', `${String(all.length - failed)} passed, ${String(failed)} failed`].join('\n')
}

function reportJson(files: readonly FileResults[]): unknown {
  const results = files.flatMap(({ file, results: own }) =>
    own.map(({ test: { name, line }, passed, differences, decision }) => ({
      name,
      file,
      line,
      passed,
      differences,
      ...(decision === undefined ? {} : { decision: recordDecision(name, decision) }),
    })),
  )
  return {
    tests: results.length,
    failed: results.filter(({ passed }) => !passed).length,
    results,
  }
}
