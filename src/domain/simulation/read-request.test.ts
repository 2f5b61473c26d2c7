import { describe, expect, test } from 'vitest'
import { parse, service } from '../../../test/fixtures/routing.ts'
import { decideSimulated } from './decide-simulated.ts'
import { readRequest } from './read-request.ts'
import { simulateMesh } from './simulated-mesh.ts'

const pod = (name: string, proxy: boolean): string => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: default, uid: "1", labels: {app: ${name}}}
spec: {containers: [{name: app, ports: [{containerPort: 80}]}${proxy ? ', {name: istio-proxy}' : ''}]}
status: {podIP: 10.0.0.1, conditions: [{type: Ready, status: "True"}]}
`
const simulated = simulateMesh(
  parse(`${service('myapp')}---
apiVersion: v1
kind: Service
metadata: {name: redis, namespace: default}
spec: {selector: {app: redis}, ports: [{name: tcp, port: 6379}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict, namespace: default}
spec: {mtls: {mode: STRICT}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: default}
spec: {selector: {istio: edge}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
${pod('myapp', true)}`),
)

describe('a written request', () => {
  test.each<[string, object, string]>([
    ['a caller with a proxy', { url: 'http://myapp/' }, 'forwarded'],
    ['a caller without one', { from: { proxy: false }, url: 'http://myapp/' }, 'rejected mtls-error'],
    ['a connection without HTTP', { url: 'tcp://redis:6379' }, 'forwarded'],
    ['the same by its protocol', { url: 'http://redis:6379', protocol: 'tcp' }, 'forwarded'],
    ['bytes to a port of HTTP', { url: 'http://myapp/', protocol: 'tcp' }, 'forwarded'],
    [
      'bytes to a gateway that reads requests',
      { from: { gateway: 'default/edge' }, url: 'tcp://myapp:80' },
      'rejected protocol-error',
    ],
  ])('%s', (_name, written, expected) => {
    const { request, problems } = readRequest(written, simulated)
    expect(problems).toEqual([])
    const { outcome, reason } = request === undefined ? { outcome: '' } : decideSimulated(simulated, request)
    expect([outcome, reason].filter(Boolean).join(' ')).toBe(expected)
  })

  test.each<[string, object, string]>([
    ['a protocol that is none', { url: 'http://myapp/', protocol: 'udp' }, 'protocol'],
    ['a method without HTTP', { url: 'tcp://redis:6379', method: 'GET' }, 'method'],
    ['headers without HTTP', { url: 'http://redis:6379', protocol: 'tcp', headers: { a: 'b' } }, 'headers'],
    ['a path without HTTP', { url: 'http://redis:6379/x', protocol: 'tcp' }, 'url'],
    ['HTTP to a URL of a connection', { url: 'tcp://redis:6379', protocol: 'http' }, 'protocol'],
    ['a proxy that is no truth value', { from: { proxy: 'no' }, url: 'http://myapp/' }, 'from.proxy'],
    [
      'a gateway without a proxy',
      { from: { gateway: 'default/edge', proxy: false }, url: 'http://a/' },
      'from.proxy',
    ],
    ['the mesh’s TLS from a workload', { url: 'http://myapp/', tls: 'istio' }, 'tls'],
    ['a certificate from a workload', { url: 'https://myapp/', tls: 'mutual' }, 'tls'],
  ])('is refused: %s', (_name, written, path) => {
    const { request, problems } = readRequest(written, simulated)
    expect(request).toBeUndefined()
    expect(problems.map(problem => problem.path.join('.'))).toContain(path)
  })
})
