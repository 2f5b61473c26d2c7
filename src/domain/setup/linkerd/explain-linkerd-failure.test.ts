import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { explainLinkerdFailure } from './explain-linkerd-failure.ts'
import { readLinkerdVersions } from './read-linkerd-versions.ts'

const failures = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/linkerd/failures.json', import.meta.url), 'utf8'),
) as readonly { from: string; stderr: string; code: string; message: string }[]

it.each(failures.map(each => [each.from, each] as const))(
  'explains %s',
  (_from, { stderr, code, message }) => {
    const problem = explainLinkerdFailure('linkerd', 1, stderr)
    expect(problem).toMatchObject({ code, message })
    expect(problem.hint).toMatch(/\.$|https:\S+$/)
    expect(problem.raw).toBe(stderr.trim() === '' ? undefined : stderr.trim())
  },
)

it.each([
  ['Client version: edge-26.8.3\nServer version: unavailable\n', { client: 'edge-26.8.3' }],
  // https://github.com/linkerd/linkerd2/pull/3903
  ['Client version: git-2d798ab0\nServer version: unavailable\n', { client: 'git-2d798ab0' }],
  [
    'Client version: stable-2.14.10\nServer version: stable-2.14.9\n',
    { client: 'stable-2.14.10', server: 'stable-2.14.9' },
  ],
  ['edge-26.8.3\n', {}],
  ['', {}],
])('reads the versions of %j', (text, versions) => {
  expect(readLinkerdVersions(text)).toEqual(versions)
})
