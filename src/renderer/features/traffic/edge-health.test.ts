import { describe, expect, test } from 'vitest'
import { edgeHealth, type ShownEdge } from './figures.ts'

const edge = (change: Partial<ShownEdge>): ShownEdge => ({
  id: 'a>b',
  source: 'a',
  target: 'b',
  protocol: 'http',
  requests: { rate: 10, errorShare: 0, deniedShare: 0, p50: null, p95: null, p99: null },
  versions: [],
  codes: [],
  mutualTls: 'unknown',
  ...change,
})
const requests = (errorShare: number, deniedShare: number, rate = 10) => ({
  requests: { rate, errorShare, deniedShare, p50: null, p95: null, p99: null },
})
const tcp = (failedShare: number) => ({
  ...requests(0, 0, 0),
  connections: { opened: 1, failedShare, bytesSent: 1, bytesReceived: 1 },
})

describe('the health of an edge', () => {
  test.each([
    ['whose requests are answered', requests(0, 0), 'good'],
    [
      'whose requests fail: refused or reset connections are 503s of the caller’s proxy',
      requests(1, 0),
      'bad',
    ],
    ['whose requests are denied', requests(0, 1), 'bad'],
    ['with a few errors', requests(0.02, 0), 'warning'],
    ['whose connections are refused or reset', tcp(1), 'bad'],
    ['with a few connections that fail', tcp(0.02), 'warning'],
    ['of connections that nobody reads as requests', tcp(0), 'unknown'],
    ['that a policy cut off', { ...requests(0, 0, 0), isCutOff: true }, 'bad'],
  ])('%s', (_name, change, expected) => {
    expect(edgeHealth(edge(change))).toBe(expected)
  })
})
