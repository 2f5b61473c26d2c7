import type { Path } from '../yaml/path.ts'

const destination = ['host', 'subset', 'port']
const backend = ['group', 'kind', 'name', 'namespace', 'port', 'weight', 'filters']
const stringMatch = ['exact', 'prefix', 'regex']
const headerOperations = ['request', 'response', 'set', 'add', 'remove']
const namedMatch = ['type', 'name', 'value', 'method', 'service']
const istioRule = [
  'name',
  'match',
  'redirect',
  'directResponse',
  'delegate',
  'rewrite',
  'fault',
  'route',
  'mirror',
  'mirrorPercentage',
  'mirrors',
  'timeout',
  'retries',
  'corsPolicy',
  'headers',
]
const trafficPolicy = [
  'port',
  'loadBalancer',
  'connectionPool',
  'outlierDetection',
  'tls',
  'portLevelSettings',
  'tunnel',
  'proxyProtocol',
]

/**
 * The order in which people and the projects' own documentation write the keys of a map, by the last names of its
 * path; `*` stands for a place in a list. The first row that fits counts.
 * Sources: https://istio.io/latest/docs/reference/config/networking/,
 * https://gateway-api.sigs.k8s.io/reference/spec/, https://linkerd.io/2/reference/.
 */
const orders: readonly (readonly [path: string, keys: readonly string[]])[] = [
  ['metadata', ['name', 'namespace', 'labels', 'annotations']],
  ['http.*', istioRule],
  ['tls.*', istioRule],
  ['tcp.*', istioRule],
  ['rules.*', ['name', 'matches', 'filters', 'backendRefs', 'timeouts', 'retry', 'sessionPersistence']],
  ['rules.*.matches.*', ['path', 'method', 'headers', 'queryParams']],
  ['matches.*.path', ['type', 'value']],
  ['matches.*.method', namedMatch],
  ['headers.*', namedMatch],
  ['queryParams.*', namedMatch],
  ['backendRefs.*', backend],
  ['parentRefs.*', ['group', 'kind', 'namespace', 'name', 'sectionName', 'port']],
  ['targetRefs.*', ['group', 'kind', 'name', 'namespace', 'sectionName']],
  ['targetRef', ['group', 'kind', 'name', 'namespace', 'sectionName']],
  ['listeners.*', ['name', 'hostname', 'port', 'protocol', 'tls', 'allowedRoutes']],
  ['listeners.*.tls', ['mode', 'certificateRefs', 'options']],
  ['certificateRefs.*', ['group', 'kind', 'name', 'namespace']],
  ['servers.*', ['name', 'port', 'bind', 'hosts', 'tls', 'defaultEndpoint']],
  ['servers.*.port', ['number', 'name', 'protocol', 'targetPort']],
  ['spec.ports.*', ['name', 'protocol', 'number', 'port', 'targetPort']],
  ['endpoints.*', ['address', 'ports', 'labels', 'network', 'locality', 'weight', 'serviceAccount']],
  ['route.*', ['destination', 'weight', 'headers']],
  ['destination', destination],
  ['mirror', destination],
  ['mirrors.*', ['destination', 'percentage']],
  ['match.*', ['name', 'uri', 'scheme', 'method', 'authority', 'headers', 'withoutHeaders', 'queryParams']],
  ['uri', stringMatch],
  ['rewrite', ['uri', 'uriRegexRewrite', 'authority']],
  ['redirect', ['scheme', 'authority', 'port', 'derivePort', 'uri', 'redirectCode']],
  ['directResponse', ['status', 'body']],
  ['delegate', ['name', 'namespace']],
  ['retries', ['attempts', 'perTryTimeout', 'retryOn']],
  ['fault', ['delay', 'abort']],
  ['delay', ['percentage', 'fixedDelay']],
  ['abort', ['percentage', 'httpStatus', 'grpcStatus']],
  ['headers', headerOperations],
  ['request', headerOperations.slice(2)],
  ['response', headerOperations.slice(2)],
  ['subsets.*', ['name', 'labels', 'trafficPolicy']],
  ['trafficPolicy', trafficPolicy],
  ['portLevelSettings.*', trafficPolicy],
  ['connectionPool', ['tcp', 'http']],
  [
    'trafficPolicy.outlierDetection',
    [
      'consecutiveErrors',
      'consecutiveGatewayErrors',
      'consecutive5xxErrors',
      'interval',
      'baseEjectionTime',
      'maxEjectionPercent',
      'minHealthPercent',
    ],
  ],
  [
    'trafficPolicy.tls',
    ['mode', 'clientCertificate', 'privateKey', 'caCertificates', 'credentialName', 'sni'],
  ],
  ['routes.*', ['name', 'condition', 'isRetryable', 'timeout', 'responseClasses']],
  [
    'spec',
    [
      'exportTo',
      'parentRefs',
      'hostnames',
      'hosts',
      'host',
      'gateways',
      'gatewayClassName',
      'selector',
      'listeners',
      'servers',
      'podSelector',
      'port',
      'proxyProtocol',
      'addresses',
      'ports',
      'location',
      'resolution',
      'endpoints',
      'targetRef',
      'requiredAuthenticationRefs',
      'http',
      'tls',
      'tcp',
      'rules',
      'routes',
      'retryBudget',
      'trafficPolicy',
      'subsets',
    ],
  ],
]

const rootOrder = ['apiVersion', 'kind', 'metadata', 'spec', 'data', 'stringData', 'status']

/** The usual order of the keys of the map at a path. */
export function usualKeyOrder(path: Path): readonly string[] {
  if (path.length === 0) return rootOrder
  const steps = path.map(step => (typeof step === 'number' ? '*' : step))
  return (
    orders.find(([pattern]) => {
      const names = pattern.split('.')
      return names.length <= steps.length && names.every((name, at) => steps.at(at - names.length) === name)
    })?.[1] ?? []
  )
}
