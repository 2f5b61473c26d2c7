import { serviceField } from './common-fields.ts'
import { defineWizard } from './define-wizard.ts'
import { forwardingRules, openVirtualService } from './routing-texts.ts'

/** Limits how long a Service's requests may take, and repeats those that fail. */
export const timeoutsAndRetries = defineWizard({
  id: 'timeouts-and-retries',
  title: 'Timeouts and retries',
  explains: 'Limits how long a request can take, and retries when it fails.',
  fields: world => [
    serviceField(world),
    {
      name: 'timeout',
      kind: 'duration',
      label: 'Timeout',
      explains: 'For all attempts together',
      default: '10s',
    },
    { name: 'attempts', kind: 'number', label: 'Retries', default: 3 },
    { name: 'perTryTimeout', kind: 'duration', label: 'Timeout of one attempt', default: '2s' },
    {
      name: 'retryOn',
      kind: 'text',
      label: 'Retry on',
      default: '5xx,reset,connect-failure',
      options: ['5xx,reset,connect-failure', 'gateway-error,connect-failure,refused-stream'].map(value => ({
        value,
        label: value,
      })),
    },
  ],
  read: reader => ({
    service: reader.service('service'),
    timeout: reader.duration('timeout'),
    attempts: reader.number('attempts', 0, 25),
    perTryTimeout: reader.duration('perTryTimeout'),
    retryOn: reader.text('retryOn'),
  }),
  write: ({ service, timeout, attempts, perTryTimeout, retryOn }, texts) => {
    if (service === undefined) return []
    const open = openVirtualService(texts, service)
    for (const { index } of forwardingRules(texts, open))
      texts.apply(
        open,
        { kind: 'setTimeout', rule: index, timeout },
        {
          kind: 'setRetries',
          rule: index,
          retries: attempts === 0 ? { attempts } : { attempts, perTryTimeout, retryOn },
        },
      )
    return [`Requests to ${service.name} end after ${timeout}, with ${String(attempts)} retries at most`]
  },
})
