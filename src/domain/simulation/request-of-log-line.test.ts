import { describe, expect, test } from 'vitest'
import { buildMesh } from '../istio/mesh.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { requestOfLogLine } from './request-of-log-line.ts'

const pod = (name: string, app: string, podIP: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app } },
  spec: { serviceAccountName: app, containers: [{ name: 'istio-proxy' }] },
  status: { podIP },
})
const mesh = buildMesh([
  pod('web-1', 'web', '10.0.0.1'),
  pod('api-1', 'api', '10.0.0.2'),
  pod('edge-1', 'edge', '10.0.0.3'),
  { ...pod('job-1', 'job', '10.0.0.4'), spec: { serviceAccountName: 'job', containers: [{ name: 'job' }] } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'api', namespace: 'default' },
    spec: { ports: [{ name: 'http', port: 8000 }], selector: { app: 'api' } },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'default' },
    spec: {
      selector: { app: 'edge' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  },
])
const line = (authority: string, cluster: string, remote: string, name = '-'): string =>
  `[2026-11-22T10:00:00.000Z] "POST /orders?x=1 HTTP/1.1" 200 - via_upstream - "-" 0 1 4 4 "-" "a" "id" "${authority}" "10.0.0.9:80" ${cluster} 10.0.0.1:1 10.0.0.8:80 ${remote} ${name} default`

const web = { kind: 'workload', namespace: 'default', labels: { app: 'web' }, serviceAccount: 'web' }
const edge = { kind: 'gateway', namespace: 'default', labels: { app: 'edge' }, serviceAccount: 'edge' }
const common = { method: 'POST', path: '/orders?x=1', headers: {}, scheme: 'http', tls: 'none' }

describe('the request of a log line', () => {
  test.each([
    [
      'the caller’s log',
      'web-1',
      line('api', 'outbound|8000|v1|api.default.svc.cluster.local', '10.0.0.1:5'),
      { ...common, from: web, host: 'api', port: 8000 },
    ],
    [
      'a request that went nowhere',
      'web-1',
      line('api:8000', '-', '10.0.0.1:5'),
      { ...common, from: web, host: 'api', port: 8000 },
    ],
    [
      'the callee’s log names the caller by its address',
      'api-1',
      line('api', 'inbound|8080||', '10.0.0.1:5'),
      { ...common, from: web, host: 'api', port: 8000 },
    ],
    [
      'a caller that has no proxy',
      'api-1',
      line('api', 'inbound|8080||', '10.0.0.4:5'),
      {
        ...common,
        from: {
          kind: 'workload',
          namespace: 'default',
          labels: { app: 'job' },
          serviceAccount: 'job',
          hasProxy: false,
        },
        host: 'api',
        port: 8000,
      },
    ],
    [
      'a gateway’s log',
      'edge-1',
      line('shop.example.com', 'outbound|8000||api.default.svc.cluster.local', '192.0.2.1:5'),
      { ...common, from: edge, host: 'shop.example.com', port: 80 },
    ],
    [
      'a gateway’s log of HTTPS',
      'edge-1',
      line(
        'shop.example.com',
        'outbound|8000||api.default.svc.cluster.local',
        '192.0.2.1:5',
        'shop.example.com',
      ),
      {
        ...common,
        from: edge,
        host: 'shop.example.com',
        port: 443,
        scheme: 'https',
        tls: 'simple',
        sni: 'shop.example.com',
      },
    ],
  ])('%s', (_, name, text, expected) => {
    expect(requestOfLogLine(mesh, { namespace: 'default', name, container: 'istio-proxy' }, text)).toEqual(
      expected,
    )
  })

  test.each([
    ['an unknown caller', 'api-1', line('api', 'inbound|8080||', '10.9.9.9:5')],
    ['a pod that is gone', 'gone', line('api', 'outbound|80||api', '10.0.0.1:5')],
    ['another line', 'web-1', 'started'],
  ])('%s has none', (_, name, text) => {
    expect(
      requestOfLogLine(mesh, { namespace: 'default', name, container: 'istio-proxy' }, text),
    ).toBeUndefined()
  })

  test.each(['app', 'istio-init', 'istio-proxy-tools', ''])(
    'what container %j writes is no access log, whatever it looks like',
    container => {
      const text = line('evil.example.com', 'outbound|80||evil.example.com', '10.0.0.1:5')
      expect(requestOfLogLine(mesh, { namespace: 'default', name: 'web-1', container }, text)).toBeUndefined()
    },
  )
})
