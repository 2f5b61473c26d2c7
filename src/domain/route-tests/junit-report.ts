import type { RouteTestResult } from './run-route-tests.ts'

/** The results of one file. */
export interface FileResults {
  readonly file: string
  readonly results: readonly RouteTestResult[]
}

/**
 * The results as JUnit XML, which CI systems read. Source: https://github.com/testmoapp/junitxml (the common
 * fields of what Jenkins, GitLab and others take).
 */
export function reportJunit(files: readonly FileResults[]): string {
  const all = files.flatMap(({ results }) => results)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="route tests" ${countsOf(all)}>`,
    ...files.flatMap(({ file, results }) => [
      `  <testsuite name="${escape(file)}" file="${escape(file)}" ${countsOf(results)}>`,
      ...results.flatMap(result => testCase(file, result)),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ].join('\n')
}

const countsOf = (results: readonly RouteTestResult[]): string => {
  const errors = results.filter(({ problem }) => problem !== undefined).length
  const failures = results.filter(({ passed }) => !passed).length - errors
  return `tests="${String(results.length)}" failures="${String(failures)}" errors="${String(errors)}" skipped="0" time="0"`
}

function testCase(file: string, { test, passed, problem, differences }: RouteTestResult): readonly string[] {
  const head = `    <testcase name="${escape(test.name)}" classname="${escape(file)}" file="${escape(file)}" line="${String(test.line)}" time="0"`
  if (passed) return [`${head}/>`]
  const tag = problem === undefined ? 'failure' : 'error'
  const details = [`${file}:${String(test.line)}`, ...differences].map(escape).join('\n')
  return [
    `${head}>`,
    `      <${tag} message="${escape(differences.join('; '))}" type="${tag}">${details}</${tag}>`,
    '    </testcase>',
  ]
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
}

/** Characters that XML 1.0 has no way to write, lone surrogates too, become U+FFFD (https://www.w3.org/TR/xml/#charsets). */
const escape = (text: string): string =>
  text
    .replace(/[\p{Cs}\ufffe\uffff]|(?![\t\n\r])[\0-\x1f]/gu, '\ufffd')
    .replace(/[&<>"'\n\r\t]/g, character => ENTITIES[character] ?? character)
