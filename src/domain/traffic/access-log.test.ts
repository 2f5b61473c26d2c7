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
    [
      'inbound over IPv6',
      '[2026-03-01T10:00:00.001Z] "GET /orders HTTP/1.1" 200 - via_upstream - "-" 0 11 4 3 "-" "curl/8" "r-2" "orders.shop" "[fd00:10::7]:8080" inbound|8080|| [::6]:41000 [fd00:10::7]:8080 [fd00:10::9]:52000 outbound_.80_._.orders.shop.svc.cluster.local default',
      {
        method: 'GET',
        path: '/orders',
        code: '200',
        flags: '-',
        authority: 'orders.shop',
        cluster: 'inbound|8080||',
        downstreamLocal: '[fd00:10::7]:8080',
        downstreamRemote: '[fd00:10::9]:52000',
        serverName: 'outbound_.80_._.orders.shop.svc.cluster.local',
      },
    ],
    [
      'outbound over IPv6, without a server name',
      '[2026-03-01T10:00:00.001Z] "GET /orders HTTP/1.1" 200 - via_upstream - "-" 0 11 4 3 "-" "curl/8" "r-2" "[fd00:20::1]:80" "[fd00:10::7]:8080" outbound|80||orders.shop.svc.cluster.local [fd00:10::9]:41000 [fd00:20::1]:80 [fd00:10::9]:52000 - default',
      {
        method: 'GET',
        path: '/orders',
        code: '200',
        flags: '-',
        authority: '[fd00:20::1]:80',
        cluster: 'outbound|80||orders.shop.svc.cluster.local',
        downstreamLocal: '[fd00:20::1]:80',
        downstreamRemote: '[fd00:10::9]:52000',
      },
    ],
    [
      'JSON over IPv6',
      '{"method":"GET","path":"/orders","response_code":200,"response_flags":"-","authority":"orders.shop","upstream_cluster":"inbound|8080||","downstream_local_address":"[fd00:10::7]:8080","downstream_remote_address":"[fd00:10::9]:52000","requested_server_name":null}',
      {
        method: 'GET',
        path: '/orders',
        code: '200',
        flags: '-',
        authority: 'orders.shop',
        cluster: 'inbound|8080||',
        downstreamLocal: '[fd00:10::7]:8080',
        downstreamRemote: '[fd00:10::9]:52000',
      },
    ],
    [
      'an agent that has brackets and JSON in its name',
      outbound.replace('curl/7.73.0-DEV', '[evil] {authority: evil} (x; y)'),
      expect.objectContaining({ authority: 'httpbin:8000', path: '/status/418' }) as object,
    ],
    [
      'JSON whose agent is JSON',
      JSON.stringify({
        method: 'GET',
        path: '/{"authority":"evil"}',
        response_code: 200,
        authority: 'api',
        user_agent: '","authority":"evil"',
      }),
      { method: 'GET', path: '/{"authority":"evil"}', code: '200', flags: '-', authority: 'api' },
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
    [
      'an agent with quotes that would be the host',
      outbound.replace('curl/7.73.0-DEV', 'x" "r" "evil.example.com" "10.0.0.1:80'),
    ],
    ['an agent with one quote', outbound.replace('curl/7.73.0-DEV', 'x"')],
    ['a path with spaces', outbound.replace('/status/418', '/a HTTP/1.1 /b')],
    ['a path with a quote', outbound.replace('/status/418', '/a" 200')],
    ['a server name with spaces', inbound.replace('outbound_.8000_', 'evil name outbound_.8000_')],
    ['a server name that is an address', outbound.replace(/ - default$/, ' :8080 default')],
    ['a host with a path', outbound.replace('httpbin:8000', 'httpbin/evil')],
    ['a word too many', `${outbound} more`],
    ['two lines in one', `${outbound}${inbound}`],
    ['a method that is none', outbound.replace('GET', 'G(T')],
    ['JSON with a host that is none', '{"method":"GET","path":"/","response_code":200,"authority":"a b"}'],
    ['JSON with a path that is none', '{"method":"GET","path":"a","response_code":200,"authority":"a"}'],
    ['a list', '[]'],
  ])('%s is none', (_, line) => {
    expect(parseAccessLog(line)).toBeUndefined()
  })
})
