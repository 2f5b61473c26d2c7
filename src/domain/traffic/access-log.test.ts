import { describe, expect, test } from 'vitest'
import { parseAccessLog } from './access-log.ts'

// The first two are the examples of Istio's documentation of the access log.
const outbound =
  '[2020-11-25T21:26:18.409Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 4 4 "-" "curl/7.73.0-DEV" "84961386-6d84-929d-98bd-c5aee93b5c88" "httpbin:8000" "10.44.1.27:80" outbound|8000||httpbin.foo.svc.cluster.local 10.44.1.23:37652 10.0.45.184:8000 10.44.1.23:46520 - default'
const inbound =
  '[2020-11-25T21:26:18.409Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 3 1 "-" "curl/7.73.0-DEV" "84961386-6d84-929d-98bd-c5aee93b5c88" "httpbin:8000" "127.0.0.1:80" inbound|8000|| 127.0.0.1:41854 10.44.1.27:80 10.44.1.23:37652 outbound_.8000_._.httpbin.foo.svc.cluster.local default'

describe('access log lines', () => {
  test.each([
    [
      'outbound',
      outbound,
      {
        method: 'GET',
        path: '/status/418',
        code: '418',
        flags: '-',
        authority: 'httpbin:8000',
        cluster: 'outbound|8000||httpbin.foo.svc.cluster.local',
        downstreamLocal: '10.0.45.184:8000',
        downstreamRemote: '10.44.1.23:46520',
      },
    ],
    [
      'inbound',
      inbound,
      {
        method: 'GET',
        path: '/status/418',
        code: '418',
        flags: '-',
        authority: 'httpbin:8000',
        cluster: 'inbound|8000||',
        downstreamLocal: '10.44.1.27:80',
        downstreamRemote: '10.44.1.23:37652',
        serverName: 'outbound_.8000_._.httpbin.foo.svc.cluster.local',
      },
    ],
    [
      'JSON',
      JSON.stringify({
        method: 'POST',
        path: '/orders',
        response_code: 503,
        response_flags: 'UO',
        authority: 'api',
        upstream_cluster: 'outbound|80|v1|api.default.svc.cluster.local',
        requested_server_name: null,
      }),
      {
        method: 'POST',
        path: '/orders',
        code: '503',
        flags: 'UO',
        authority: 'api',
        cluster: 'outbound|80|v1|api.default.svc.cluster.local',
      },
    ],
  ])('%s', (_, line, expected) => {
    expect(parseAccessLog(line)).toEqual(expected)
  })

  test.each([
    ['a line of the agent', '2026-11-22T10:00:00Z info Envoy proxy is ready'],
    ['a TCP connection', outbound.replace('GET /status/418 HTTP/1.1', '- - -')],
    ['a line that was cut', outbound.slice(0, 120)],
    ['other JSON', '{"level":"info","msg":"started"}'],
    ['broken JSON', '{"method":"GET"'],
    ['nothing', ''],
  ])('%s is none', (_, line) => {
    expect(parseAccessLog(line)).toBeUndefined()
  })
})
