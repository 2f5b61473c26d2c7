import { lineEndingOf } from '../../../domain/yaml/lines.ts'

export interface Snippet {
  readonly kind: string
  readonly text: (namespace: string) => string
}

const document = (
  apiVersion: string,
  kind: string,
  name: string,
  spec: string,
): ((namespace: string) => string) => {
  const body = spec
    .split('\n')
    .map(line => `  ${line}`)
    .join('\n')
  return namespace =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\nspec:\n${body}\n`
}

/** A beginning for each kind of a mesh, valid as it stands. */
export const snippets: readonly Snippet[] = [
  {
    kind: 'VirtualService',
    text: document(
      'networking.istio.io/v1',
      'VirtualService',
      'myapp',
      `hosts:
- myapp
http:
- match:
  - headers:
      user-type:
        exact: beta
  route:
  - destination:
      host: myapp
      subset: v2
- route:
  - destination:
      host: myapp
      subset: v1
    weight: 90
  - destination:
      host: myapp
      subset: v2
    weight: 10`,
    ),
  },
  {
    kind: 'DestinationRule',
    text: document(
      'networking.istio.io/v1',
      'DestinationRule',
      'myapp',
      `host: myapp
subsets:
- name: v1
  labels:
    version: v1
- name: v2
  labels:
    version: v2`,
    ),
  },
  {
    kind: 'Gateway',
    text: document(
      'networking.istio.io/v1',
      'Gateway',
      'app-gateway',
      `selector:
  istio: ingressgateway
servers:
- port:
    number: 80
    name: http
    protocol: HTTP
  hosts:
  - example.com`,
    ),
  },
  {
    kind: 'HTTPRoute',
    text: document(
      'gateway.networking.k8s.io/v1',
      'HTTPRoute',
      'myapp',
      `parentRefs:
- group: ""
  kind: Service
  name: myapp
  port: 80
rules:
- backendRefs:
  - name: myapp-v1
    port: 80
    weight: 90
  - name: myapp-v2
    port: 80
    weight: 10`,
    ),
  },
  {
    kind: 'ServiceEntry',
    text: document(
      'networking.istio.io/v1',
      'ServiceEntry',
      'external-api',
      `hosts:
- api.example.com
location: MESH_EXTERNAL
resolution: DNS
ports:
- number: 443
  name: https
  protocol: TLS`,
    ),
  },
  {
    kind: 'PeerAuthentication',
    text: document(
      'security.istio.io/v1',
      'PeerAuthentication',
      'default',
      `mtls:
  mode: STRICT`,
    ),
  },
  {
    kind: 'AuthorizationPolicy',
    text: document(
      'security.istio.io/v1',
      'AuthorizationPolicy',
      'myapp-callers',
      `selector:
  matchLabels:
    app: myapp
action: ALLOW
rules:
- from:
  - source:
      principals:
      - cluster.local/ns/default/sa/frontend
  to:
  - operation:
      methods:
      - GET`,
    ),
  },
]

/** The text with one more document at its end, and the 1-based line at which that begins. */
export function appendDocument(
  text: string,
  added: string,
): { readonly text: string; readonly line: number } {
  const kept = text.trimEnd()
  const lineEnd = lineEndingOf(text)
  const own = added.replaceAll('\n', lineEnd)
  if (kept === '') return { text: own, line: 1 }
  const head = /(^|\n)---$/.test(kept) ? `${kept}${lineEnd}` : `${kept}${lineEnd}---${lineEnd}`
  return { text: head + own, line: head.split('\n').length }
}
