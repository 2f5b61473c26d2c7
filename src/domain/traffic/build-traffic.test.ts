import { describe, expect, test } from 'vitest'
import { buildTraffic } from './build-traffic.ts'
import { flowsBetween, readFlows } from './flow.ts'
import { parsePrometheusText } from './prometheus-text.ts'

const line = (labels: Record<string, string>, value: number, name = 'istio_requests_total'): string =>
  `${name}{${Object.entries({
    reporter: 'source',
    source_workload_namespace: 'default',
    source_canonical_service: 'frontend',
    destination_service_namespace: 'default',
    destination_service_name: 'myapp',
    destination_version: 'v1',
    request_protocol: 'http',
    response_code: '200',
    response_flags: '-',
    connection_security_policy: 'unknown',
    ...labels,
  })
    .map(([key, text]) => `${key}="${text}"`)
    .join(',')}} ${value}`

const read = (...lines: string[]): ReturnType<typeof readFlows> =>
  readFlows(parsePrometheusText(lines.join('\n'), ['istio_']))

const graph = (
  before: ReturnType<typeof read>,
  after: ReturnType<typeof read>,
): ReturnType<typeof buildTraffic> =>
  buildTraffic(flowsBetween(before, after), { at: 0, seconds: 2, kindOf: () => 'service' })

describe('an edge', () => {
  test.each([
    [
      'counts only what came since the reading before',
      [line({}, 10)],
      [line({}, 30)],
      { rate: 10, errorShare: 0 },
    ],
    ['counts from zero when the proxy restarted', [line({}, 100)], [line({}, 6)], { rate: 3, errorShare: 0 }],
    [
      'counts 5xx and no answer as errors, 4xx not',
      [],
      [
        line({}, 4),
        line({ response_code: '404' }, 2),
        line({ response_code: '503', response_flags: 'UO' }, 1),
        line({ response_code: '0', response_flags: 'DC' }, 1),
      ],
      { rate: 4, errorShare: 0.25 },
    ],
    [
      'takes the caller’s word over the callee’s',
      [],
      [line({}, 10), line({ reporter: 'destination' }, 9)],
      { rate: 5, errorShare: 0 },
    ],
  ])('%s', (_name, before, after, expected) => {
    expect(graph(read(...before), read(...after)).edges[0]?.requests).toMatchObject(expected)
  })

  test.each([
    ['all', [['mutual_tls', 5]], 'all'],
    [
      'some',
      [
        ['mutual_tls', 5],
        ['none', 1],
      ],
      'some',
    ],
    ['none', [['none', 1]], 'none'],
  ] as const)('is secured by mutual TLS: %s', (_name, flows, expected) => {
    const lines = flows.map(([policy, value]) =>
      line({ reporter: 'destination', connection_security_policy: policy }, value),
    )
    expect(graph(read(), read(...lines)).edges[0]?.mutualTls).toBe(expected)
  })

  test('shares its requests among versions', () => {
    const after = read(line({}, 9), line({ destination_version: 'v2' }, 1))
    expect(graph(read(), after).edges[0]?.versions.map(({ version, share }) => [version, share])).toEqual([
      ['v1', 0.9],
      ['v2', 0.1],
    ])
  })

  test('has quantiles of the time between the readings only', () => {
    const bucket = (le: string, value: number): string =>
      line({ le }, value, 'istio_request_duration_milliseconds_bucket')
    const before = read(line({}, 100), bucket('10', 100), bucket('20', 100), bucket('+Inf', 100))
    const after = read(line({}, 110), bucket('10', 100), bucket('20', 110), bucket('+Inf', 110))
    expect(graph(before, after).edges[0]?.requests.p50).toBe(15)
  })
})

test('nodes are named by service, callers without a proxy are unknown', () => {
  const after = read(
    line(
      { reporter: 'destination', source_canonical_service: 'unknown', source_workload_namespace: 'unknown' },
      4,
    ),
  )
  expect(graph(read(), after).nodes.map(({ id }) => id)).toEqual(['/unknown', 'default/myapp'])
})
