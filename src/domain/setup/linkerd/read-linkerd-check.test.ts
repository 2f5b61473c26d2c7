import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { groupChecks, readLinkerdCheck } from './read-linkerd-check.ts'

const recorded = (name: string): string =>
  readFileSync(new URL(`../../../../test/fixtures/linkerd/${name}`, import.meta.url), 'utf8')
const check = (fields: object): string =>
  JSON.stringify({ success: false, categories: [{ categoryName: 'linkerd-existence', checks: [fields] }] })

it.each([
  [{ description: 'd', result: 'success', hint: '' }, { result: 'success' }],
  [
    { description: 'd', result: 'warning', hint: 'https://linkerd.io/2/checks/#x', error: 'old' },
    { result: 'warning', hint: 'https://linkerd.io/2/checks/#x', error: 'old' },
  ],
  [{ description: 'd', result: 'error' }, { result: 'error' }],
  // What a later version may say is not taken for success.
  [{ description: 'd', result: 'unheard-of' }, { result: 'error' }],
  // Only https becomes a link.
  [{ description: 'd', result: 'error', hint: 'javascript:alert(1)' }, { result: 'error' }],
  [
    { description: 'd', result: 'error', hint: 'http://linkerd.io', error: '} "{' },
    { result: 'error', error: '} "{' },
  ],
])('reads %j', (fields, expected) => {
  expect(readLinkerdCheck(check(fields))).toEqual([
    { category: 'linkerd-existence', description: 'd', ...expected },
  ])
})

it.each(['', 'Status check results are √', '[]', '{"categories": 3}', '{"categories": [', '{'])(
  'does not read %j',
  text => {
    expect(readLinkerdCheck(text)).toBeUndefined()
  },
)

const notes = (text: string): readonly string[] =>
  (readLinkerdCheck(text) ?? [])
    .filter(({ result }) => result !== 'success')
    .map(({ category, description, result, hint = '-', error = '-' }) =>
      [result, category, description, error, hint].join(' | '),
    )

it.each([
  ['check.txt', 55, 10, []],
  ['check-pre.txt', 16, 4, []],
  [
    'check-pre-namespace.txt',
    8,
    3,
    [
      'error | pre-kubernetes-setup | can create non-namespaced resources | cannot create Namespace/linkerd: namespaces "linkerd" already exists | https://linkerd.io/checks/#pre-k8s-cluster-k8s',
    ],
  ],
  [
    'check-expired.txt',
    3,
    1,
    [
      'error | linkerd-identity | trust roots are within their validity period | Invalid roots:\n* 26312898604473107581708152749468097656 identity.linkerd.cluster.local not valid anymore. Expired on 2019-12-13T21:26:32Z | https://linkerd.io/checks/#l5d-certs-rotation',
    ],
  ],
  [
    'check-warnings.txt',
    4,
    2,
    [
      'warning | linkerd-identity | issuer cert is valid for at least 60 days | issuer certificate will expire on 2021-01-27T08:02:19Z | https://linkerd.io/checks/#l5d-identity-issuer-cert-not-expiring-soon',
      'warning | control-plane-version | control plane is up-to-date | is running version 20.12.1 but the latest edge version is 20.12.3 | https://linkerd.io/checks/#l5d-version-control',
    ],
  ],
  [
    'check-failed.json',
    2,
    1,
    [
      'error | category | check2 | This should contain instructions for fail | https://linkerd.io/checks/#hint-anchor',
    ],
  ],
  ['check-two-answers.txt', 3, 2, []],
])('reads the recorded %s', (name, count, categories, expected) => {
  const text = recorded(name)
  expect(readLinkerdCheck(text)).toHaveLength(count)
  expect(groupChecks(readLinkerdCheck(text) ?? [])).toHaveLength(categories)
  expect(notes(text)).toEqual(expected)
  // A terminal's colours and Windows' line ends change nothing.
  expect(readLinkerdCheck(text.replaceAll('\n', '\r\n'))).toEqual(readLinkerdCheck(text))
  expect(notes(text.replaceAll(/[√‼×]/g, '\u001b[32;1m$&\u001b[0m'))).toEqual(expected)
})
