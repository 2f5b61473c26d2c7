import type { Edit } from '../edits/edit.ts'
import { serviceField } from './common-fields.ts'
import { defineWizard } from './define-wizard.ts'
import { forwardingRules, openDefaultRule, openVirtualService } from './routing-texts.ts'

/** Delays or fails a share of a Service's requests. */
export const injectFault = defineWizard({
  id: 'inject-fault',
  title: 'Inject a delay or an abort',
  explains: 'Delays or fails a share of the requests, to see how callers cope.',
  fields: (world, answers) => [
    serviceField(world),
    {
      name: 'fault',
      kind: 'choice',
      label: 'Fault',
      default: 'delay',
      options: [
        { value: 'delay', label: 'Delay' },
        { value: 'abort', label: 'Abort' },
      ],
    },
    answers['fault'] === 'abort'
      ? { name: 'status', kind: 'number', label: 'Status', default: 503 }
      : { name: 'delay', kind: 'duration', label: 'Delay', default: '5s' },
    { name: 'share', kind: 'percentage', label: 'Share of the requests', default: 10 },
    {
      name: 'header',
      kind: 'text',
      label: 'Only requests with the header',
      explains: 'Left empty, the fault is for every request',
      isOptional: true,
    },
    { name: 'value', kind: 'text', label: 'Value of the header', default: 'true', isOptional: true },
  ],
  read: reader => {
    const percentage = reader.number('share', 0, 100)
    return {
      service: reader.service('service'),
      fault:
        reader.choice('fault', ['delay', 'abort']) === 'abort'
          ? { abort: { percentage, httpStatus: reader.number('status', 200, 599) } }
          : { delay: { percentage, fixedDelay: reader.duration('delay') } },
      header: reader.optionalText('header')?.toLowerCase(),
      value: reader.optionalText('value') ?? '',
    }
  },
  write: ({ service, fault, header, value }, texts) => {
    if (service === undefined) return []
    const open = openVirtualService(texts, service)
    if (header === undefined) {
      const edits = forwardingRules(texts, open).map(({ index }): Edit => ({
        kind: 'setFault',
        rule: index,
        fault,
      }))
      texts.apply(open, ...edits)
      return [`The fault is for every request to ${service.name}`]
    }
    const rule = openDefaultRule(texts, open, service)
    texts.apply(
      open,
      {
        kind: 'insertItem',
        path: ['spec', 'http'],
        index: 0,
        value: { match: [{ headers: { [header]: { exact: value } } }], route: rule.value['route'] },
      },
      { kind: 'setFault', rule: 0, fault },
    )
    return [`The fault is for requests to ${service.name} with the header ${header}: ${value}`]
  },
})
