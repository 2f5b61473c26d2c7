import { fieldsOf, numberOf, textOf, type Fields } from '../../../../domain/istio/fields/read-fields.ts'

const times = (count: number): string => (count === 1 ? 'one error' : `${String(count)} errors in a row`)

/**
 * What the numbers of a traffic policy mean for requests, in sentences.
 * Source: https://istio.io/latest/docs/reference/config/networking/destination-rule/#ConnectionPoolSettings and
 * #OutlierDetection, whose defaults are told where nothing is set.
 */
export function explainPolicy(policy: Fields): readonly string[] {
  return [
    ...explainPool(fieldsOf(policy['connectionPool'])),
    ...explainOutliers(policy),
    ...explainTls(policy),
  ]
}

function explainPool(pool: Fields): readonly string[] {
  const tcp = fieldsOf(pool['tcp'])
  const http = fieldsOf(pool['http'])
  const connections = numberOf(tcp['maxConnections'])
  const waiting = numberOf(http['http1MaxPendingRequests'])
  const requests = numberOf(http['http2MaxRequests'])
  const retries = numberOf(http['maxRetries'])
  const perConnection = numberOf(http['maxRequestsPerConnection'])
  const connect = textOf(tcp['connectTimeout'])
  return [
    connections === undefined
      ? ''
      : `Each caller's proxy opens at most ${String(connections)} ${connections === 1 ? 'connection' : 'connections'} to the service.`,
    waiting === undefined
      ? ''
      : `${String(waiting)} ${waiting === 1 ? 'request waits' : 'requests wait'} for a free connection; more are answered with 503 at once.`,
    requests === undefined
      ? ''
      : `At most ${String(requests)} requests of a caller are under way; more are answered with 503 at once.`,
    retries === undefined ? '' : `At most ${String(retries)} retries of a caller are under way.`,
    perConnection === undefined
      ? ''
      : perConnection === 1
        ? 'Every request has a connection of its own (no keep-alive).'
        : perConnection === 0
          ? 'A connection carries any number of requests.'
          : `A connection is closed after ${String(perConnection)} requests.`,
    connect === undefined
      ? ''
      : `A pod that does not take the connection within ${connect} counts as failed.`,
  ].filter(sentence => sentence !== '')
}

function explainOutliers(policy: Fields): readonly string[] {
  if (policy['outlierDetection'] === undefined) return []
  const outlier = fieldsOf(policy['outlierDetection'])
  const server = numberOf(outlier['consecutive5xxErrors']) ?? 5
  const gateway = numberOf(outlier['consecutiveGatewayErrors']) ?? 0
  const interval = textOf(outlier['interval']) ?? '10s'
  const base = textOf(outlier['baseEjectionTime']) ?? '30s'
  const most = numberOf(outlier['maxEjectionPercent']) ?? 10
  const healthy = numberOf(outlier['minHealthPercent']) ?? 0
  const causes = [
    ...(server > 0 ? [`${times(server)} (status 500 to 599)`] : []),
    ...(gateway > 0 ? [`${times(gateway)} of a gateway (502, 503 or 504)`] : []),
  ]
  if (causes.length === 0) return ['No error leaves a pod out: both counts are 0.']
  return [
    `A pod gets no requests for ${base} after ${causes.join(' or ')}; each further time the pause is longer by ${base}.`,
    `Pauses are looked through every ${interval}; never more than ${String(most)} % of the pods are left out together${most < 100 ? ', but always one may be' : ''}.`,
    ...(healthy > 0
      ? [`With less than ${String(healthy)} % of the pods healthy, all get requests again.`]
      : []),
  ]
}

/** Source: https://istio.io/latest/docs/reference/config/networking/destination-rule/#ClientTLSSettings-TLSmode */
function explainTls(policy: Fields): readonly string[] {
  const mode = textOf(fieldsOf(policy['tls'])['mode'])
  switch (mode) {
    case 'DISABLE':
      return ['Requests leave in plain text: pods whose PeerAuthentication is STRICT refuse them.']
    case 'SIMPLE':
      return ['Requests leave in TLS of their own; the caller shows no certificate.']
    case 'MUTUAL':
      return ['Requests leave in mutual TLS with the certificates named here, not those of the mesh.']
    case 'ISTIO_MUTUAL':
      return ["Requests leave in the mesh's mutual TLS: pods without a proxy do not understand them."]
    default:
      return []
  }
}
