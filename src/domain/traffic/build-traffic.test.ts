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

describe('figures of the field that were counted wrong', () => {
  const rateOf = (...lines: string[]) => graph(read(), read(...lines)).edges[0]

  test('a gRPC error comes with code 200', () => {
    const grpc = { request_protocol: 'grpc' }
    const edge = rateOf(
      line({ ...grpc, grpc_response_status: '0' }, 50),
      line({ ...grpc, grpc_response_status: '14' }, 50),
    )
    expect(edge?.requests).toMatchObject({ rate: 50, errorShare: 0.5 })
    expect(edge?.codes).toContainEqual({ code: '200', flags: '-', grpcStatus: '14', rate: 25 })
  })

  test.each([
    ['0', 0, 0],
    ['5', 0, 0],
    ['13', 1, 0],
    ['2', 1, 0],
    ['7', 0, 1],
    ['16', 0, 1],
  ])('gRPC status %s', (status, errorShare, deniedShare) => {
    const edge = rateOf(line({ request_protocol: 'grpc', grpc_response_status: status }, 10))
    expect(edge?.requests).toMatchObject({ errorShare, deniedShare })
  })

  test.each([['401'], ['403']])('%s is denied and no error', code => {
    expect(rateOf(line({ response_code: code }, 10))?.requests).toMatchObject({
      errorShare: 0,
      deniedShare: 1,
    })
  })

  test.each([
    ['a gateway and a waypoint', ['source', 'waypoint']],
    ['a waypoint and the callee', ['waypoint', 'destination']],
    ['all three', ['destination', 'source', 'waypoint']],
  ])('what %s report of one request counts once', (_name, reporters) => {
    expect(rateOf(...reporters.map(reporter => line({ reporter }, 100)))?.requests.rate).toBe(50)
  })

  test('connections that nobody reads as requests are an edge with bytes', () => {
    const tcp = { request_protocol: 'tcp', response_code: '0', connection_security_policy: 'mutual_tls' }
    const edge = rateOf(
      line(tcp, 5, 'istio_tcp_connections_opened_total'),
      line(tcp, 9000, 'istio_tcp_sent_bytes_total'),
      line(tcp, 4000, 'istio_tcp_received_bytes_total'),
      line({ ...tcp, reporter: 'destination' }, 4000, 'istio_tcp_received_bytes_total'),
    )
    expect(edge).toMatchObject({
      protocol: 'tcp',
      requests: { rate: 0, errorShare: 0 },
      connections: { opened: 2.5, failedShare: 0, bytesSent: 2000, bytesReceived: 4500 },
      codes: [],
      mutualTls: 'all',
    })
  })

  test.each([
    ['refused', 'UF,URX', 1],
    ['without a healthy pod', 'UH', 1],
    ['closed as they should be', '-', 0],
    ['closed by the caller', 'DC', 0],
  ])('connections that are %s are known by their flags', (_name, response_flags, expected) => {
    const tcp = { request_protocol: 'tcp', response_code: '0', response_flags }
    const edge = rateOf(line(tcp, 5, 'istio_tcp_connections_closed_total'))
    expect(edge?.connections?.failedShare).toBe(expected)
  })

  test('requests and connections of one edge are told apart', () => {
    const tcp = { request_protocol: 'tcp' }
    const edge = rateOf(line({ reporter: 'waypoint' }, 10), line(tcp, 800, 'istio_tcp_sent_bytes_total'))
    expect(edge).toMatchObject({
      protocol: 'http',
      requests: { rate: 5 },
      connections: { bytesReceived: 400 },
    })
  })

  test('a series that stands there twice counts once', () => {
    expect(rateOf(line({}, 10), line({}, 10))?.requests.rate).toBe(5)
  })

  test('labels with separators in them stay apart', () => {
    const edges = graph(
      read(),
      read(line({ response_flags: 'a|b' }, 2), line({ response_flags: 'a', response_code: '200|b' }, 2)),
    ).edges
    expect(edges[0]?.codes).toHaveLength(2)
  })

  test.each([['NaN'], ['+Inf'], ['Infinity'], ['-5'], ['0x10'], ['']])(
    'a counter of %j counts nothing',
    value => {
      const text = line({}, 0).replace(/ 0$/, ` ${value}`)
      expect(graph(read(), read(text)).edges).toEqual([])
    },
  )

  test('a bucket without a bound counts nothing, whatever its number', () => {
    const name = 'istio_request_duration_milliseconds_bucket'
    const edge = rateOf(
      line({}, 10),
      line({ le: '10' }, 10, name),
      line({ le: 'x' }, 99, name),
      line({}, 99, name),
      line({ le: '+Inf' }, 10, name),
    )
    expect(edge?.requests.p50).toBe(5)
  })

  test('a counter that began again counts from zero, the others go on', () => {
    const before = read(line({}, 100), line({ response_code: '503' }, 4))
    const after = read(line({}, 6), line({ response_code: '503' }, 6))
    expect(graph(before, after).edges[0]?.requests).toMatchObject({ rate: 4, errorShare: 0.25 })
  })

  test('without labels of the caller and the callee they are unknown', () => {
    expect(graph(read(), read('istio_requests_total 4')).edges[0]?.id).toBe('/unknown>/unknown')
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
