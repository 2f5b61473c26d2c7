import { describe, expect, test } from 'vitest'
import type { RequestGroup, WhatChanges } from '../../../domain/impact/what-changes.ts'
import { formatCaller, formatCause, worstFinding } from './format-impact.ts'

const group = (part: Partial<RequestGroup>): RequestGroup => ({
  source: 'shop/frontend',
  hasProxy: true,
  host: 'api',
  requests: ['GET /'],
  headers: [],
  isTraced: true,
  rate: 10,
  movedRate: 0,
  failingRate: 0,
  from: 'api v1',
  to: 'api v2',
  handling: [],
  ...part,
})

const changes = (part: Partial<WhatChanges>): WhatChanges => ({
  moved: [],
  handled: [],
  sameRate: 0,
  undecidedRate: 0,
  undecided: [],
  undecidable: [],
  failingRate: 0,
  observedRate: 42,
  unknown: [],
  ...part,
})

const failing = group({
  source: 'shop/stock-import',
  failingRate: 3.4,
  failure: { reason: 'denied', status: 403 },
})
const rerouted = group({ movedRate: 5 })
const handled = group({ handling: ['timeout 10 s'] })

describe('the review opens on the worst that a change does', () => {
  test.each<[string, Partial<WhatChanges>, 'bad' | 'warning' | 'plain', readonly string[]]>([
    [
      'requests that fail come before requests that are rerouted',
      { moved: [failing, rerouted] },
      'bad',
      ['3.4 req/s', 'shop/stock-import', '403'],
    ],
    [
      'also where those that are rerouted are listed first',
      { moved: [rerouted, failing] },
      'bad',
      ['3.4 req/s', 'shop/stock-import', '403'],
    ],
    [
      'the rates of all rerouted groups together',
      { moved: [rerouted, group({ movedRate: 2.5 })] },
      'warning',
      ['7.5 req/s'],
    ],
    [
      'requests that no longer fail',
      { moved: [group({ failingRate: -4, movedRate: 0 })] },
      'plain',
      ['4.0 req/s'],
    ],
    [
      'what cannot be decided, before what is only handled otherwise',
      { undecidedRate: 7, handled: [handled] },
      'warning',
      ['7.0 req/s', '42.0 req/s'],
    ],
    ['what is handled otherwise', { handled: [handled] }, 'plain', ['10.0 req/s']],
    ['nothing moves', { sameRate: 42 }, 'plain', ['42.0 req/s']],
  ])('%s', (_, part, tone, parts) => {
    const found = worstFinding(changes(part))
    expect(found.tone).toBe(tone)
    for (const each of parts) expect(found.title).toContain(each)
  })

  test('without observed requests it claims no rate and no absence', () => {
    const found = worstFinding(changes({ observedRate: 0 }))
    expect(found.tone).toBe('plain')
    expect(found.title).not.toMatch(/\d/)
  })
})

test.each([
  ['a caller with a proxy', { source: 'shop/web', hasProxy: true }, /^shop\/web$/],
  ['a caller without one', { source: 'shop/web', hasProxy: false }, /^shop\/web \(/],
  ['a caller that nothing names', { source: '/unknown', hasProxy: false }, /^(?!.*unknown)/],
])('%s is named', (_, caller, name) => {
  expect(formatCaller(caller)).toMatch(name)
})

const policy = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'nobody' }
test.each([
  ['once where its explanation names it', 'AuthorizationPolicy shop/nobody admits nobody'],
  ['before an explanation that does not', 'no rule admits the caller'],
])('the object that denies is named %s', (_, explanation) => {
  const cause = formatCause({ reason: 'denied', by: policy, explanation })
  expect(cause.split('AuthorizationPolicy shop/nobody')).toHaveLength(2)
})
