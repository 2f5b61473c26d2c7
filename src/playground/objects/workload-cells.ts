import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { ageText, spanText } from './age.ts'
import { listOf, numberOf, textOf, valueAt } from './json.ts'
import { labelsText, selectorText } from './selector-text.ts'

/** The values of a row by the names of their columns; Name and Age are the same for all. */
export type Cells = Readonly<Record<string, unknown>>

export type Print = (object: KubernetesObject, now: Date) => Cells

const none = '<none>'

function containerCells(podSpec: unknown): Cells {
  const containers = listOf(valueAt(podSpec, 'containers'))
  return {
    Containers: containers.map(container => textOf(valueAt(container, 'name'))).join(','),
    Images: containers.map(container => textOf(valueAt(container, 'image'))).join(','),
  }
}

export const templateCells = (object: KubernetesObject): Cells => ({
  ...containerCells(valueAt(object.spec, 'template', 'spec')),
  Selector: selectorText(valueAt(object.spec, 'selector')),
})

export const count = (object: KubernetesObject, name: string): number =>
  numberOf(valueAt(object.status, name))

export const readyOf = (object: KubernetesObject): string =>
  `${String(count(object, 'readyReplicas'))}/${String(numberOf(valueAt(object.spec, 'replicas')))}`

export const replicas: Print = object => ({
  Desired: numberOf(valueAt(object.spec, 'replicas')),
  Current: count(object, 'replicas'),
  Ready: count(object, 'readyReplicas'),
  ...templateCells(object),
})

export const daemonSet: Print = object => ({
  Desired: count(object, 'desiredNumberScheduled'),
  Current: count(object, 'currentNumberScheduled'),
  Ready: count(object, 'numberReady'),
  'Up-to-date': count(object, 'updatedNumberScheduled'),
  Available: count(object, 'numberAvailable'),
  'Node Selector': labelsText(valueAt(object.spec, 'template', 'spec', 'nodeSelector')),
  ...templateCells(object),
})

export const hasCondition = (object: KubernetesObject, type: string, status = 'True'): boolean =>
  listOf(valueAt(object.status, 'conditions')).some(
    condition => valueAt(condition, 'type') === type && valueAt(condition, 'status') === status,
  )

export const job: Print = (object, now) => {
  const completions = valueAt(object.spec, 'completions')
  const parallelism = numberOf(valueAt(object.spec, 'parallelism'))
  const succeeded = String(count(object, 'succeeded'))
  const start = textOf(valueAt(object.status, 'startTime'))
  const end = textOf(valueAt(object.status, 'completionTime'))
  const states = ['Complete', 'Failed', 'Suspended', 'FailureTarget', 'SuccessCriteriaMet']
  const state = states.find(type => hasCondition(object, type)) ?? 'Running'
  return {
    Status: object.metadata.deletionTimestamp !== undefined ? 'Terminating' : state,
    Completions:
      typeof completions === 'number'
        ? `${succeeded}/${String(completions)}`
        : parallelism > 1
          ? `${succeeded}/1 of ${String(parallelism)}`
          : `${succeeded}/1`,
    Duration:
      start === '' ? '' : spanText((end === '' ? now.getTime() : Date.parse(end)) - Date.parse(start)),
    ...templateCells(object),
  }
}

export const cronJob: Print = (object, now) => {
  const last = valueAt(object.status, 'lastScheduleTime')
  const template = valueAt(object.spec, 'jobTemplate', 'spec')
  return {
    Schedule: textOf(valueAt(object.spec, 'schedule')),
    Timezone: textOf(valueAt(object.spec, 'timeZone')) || none,
    Suspend: valueAt(object.spec, 'suspend') === true ? 'True' : 'False',
    Active: listOf(valueAt(object.status, 'active')).length,
    'Last Schedule': last === undefined ? none : ageText(last, now),
    ...containerCells(valueAt(template, 'template', 'spec')),
    Selector: selectorText(valueAt(template, 'selector')),
  }
}
