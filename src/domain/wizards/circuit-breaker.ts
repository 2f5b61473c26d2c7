import type { Edit } from '../edits/edit.ts'
import { serviceField } from './common-fields.ts'
import { defineWizard } from './define-wizard.ts'
import { openDestinationRule } from './routing-texts.ts'

/** Limits connections to a Service and takes failing pods out for a while. */
export const circuitBreaker = defineWizard({
  id: 'circuit-breaker',
  title: 'Circuit breaker',
  explains: 'Limits concurrent requests, and ejects failing pods for a while.',
  fields: world => [
    serviceField(world),
    { name: 'maxConnections', kind: 'number', label: 'Connections of one proxy, at most', default: 100 },
    { name: 'maxPending', kind: 'number', label: 'Requests that may wait for a connection', default: 50 },
    { name: 'errors', kind: 'number', label: 'Errors in a row until a pod is left out', default: 5 },
    { name: 'interval', kind: 'duration', label: 'Time between checks', default: '30s' },
    { name: 'ejection', kind: 'duration', label: 'Time that a pod is left out', default: '30s' },
    { name: 'maxEjected', kind: 'percentage', label: 'Pods left out, at most', default: 50 },
  ],
  read: reader => ({
    service: reader.service('service'),
    maxConnections: reader.number('maxConnections', 1, 2 ** 31 - 1),
    maxPending: reader.number('maxPending', 1, 2 ** 31 - 1),
    errors: reader.number('errors', 1, 10_000),
    interval: reader.duration('interval'),
    ejection: reader.duration('ejection'),
    maxEjected: reader.number('maxEjected', 0, 100),
  }),
  write: ({ service, maxConnections, maxPending, errors, interval, ejection, maxEjected }, texts) => {
    if (service === undefined) return []
    const values: readonly (readonly [path: string, value: string | number])[] = [
      ['connectionPool.tcp.maxConnections', maxConnections],
      ['connectionPool.http.http1MaxPendingRequests', maxPending],
      ['outlierDetection.consecutive5xxErrors', errors],
      ['outlierDetection.interval', interval],
      ['outlierDetection.baseEjectionTime', ejection],
      ['outlierDetection.maxEjectionPercent', maxEjected],
    ]
    const edits = values.map(([path, value]): Edit => ({
      kind: 'setTrafficPolicy',
      path: path.split('.'),
      value,
    }))
    texts.apply(openDestinationRule(texts, service), ...edits)
    return [
      `A pod of ${service.name} that fails ${String(errors)} times in a row gets no requests for ${ejection}`,
      `At most ${String(maxEjected)}% of the pods are left out at once`,
    ]
  },
})
