// What failed, told again at the end of `npm test`: a log of thousands of lines is read from its end.
import { stripVTControlCharacters } from 'node:util'

const LINES_PER_TEST = 20

const shorten = text => stripVTControlCharacters(text).split('\n').slice(0, LINES_PER_TEST).join('\n')

/** The failed tests of a report of Vitest: `{ title, message }`. A file that does not load is one of them. */
export function failedUnitTests(report) {
  return (report?.testResults ?? []).flatMap(file => {
    const failed = file.assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => ({
        title: `${file.name} › ${fullName}`,
        message: shorten(failureMessages.join('\n')),
      }))
    if (failed.length > 0 || file.status !== 'failed') return failed
    return [{ title: file.name, message: shorten(file.message ?? '') }]
  })
}

/** The failed tests of a report of Playwright: `{ title, message }`. */
export function failedEndToEndTests(report) {
  const inSuite = (suite, path) => [
    ...(suite.specs ?? [])
      .filter(({ ok }) => !ok)
      .map(spec => ({
        title: [...path, spec.title].join(' › '),
        message: shorten(
          spec.tests
            .flatMap(({ results }) =>
              results.flatMap(({ errors }) => errors.map(({ message }) => message ?? '')),
            )
            .join('\n'),
        ),
      })),
    ...(suite.suites ?? []).flatMap(inner => inSuite(inner, [...path, inner.title])),
  ]
  const outside = (report?.errors ?? []).map(({ message }) => ({
    title: 'outside of a test',
    message: shorten(message ?? ''),
  }))
  return [...outside, ...(report?.suites ?? []).flatMap(suite => inSuite(suite, [suite.title]))]
}
