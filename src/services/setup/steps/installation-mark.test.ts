import { expect, test } from 'vitest'
import { ProblemError } from '../../../domain/problem.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { markObject, readInstallationMark, type MarkedInstallation } from './installation-mark.ts'

const signal = new AbortController().signal
const unused = (): never => {
  throw new Error('not asked')
}
/** A cluster with one ConfigMap, of which only the data is given. */
const clusterWith = (name: string, data: unknown): KubernetesClient => ({
  request: unused,
  readLines: unused,
  readJson: ({ path }) =>
    path === `/api/v1/namespaces/kube-system/configmaps/${name}`
      ? Promise.resolve({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })
      : Promise.reject(new ProblemError({ code: 'not-found', message: path })),
})

test.each<[string, MarkedInstallation, unknown, object | undefined]>([
  ['of version 0.1.0, begun', { mesh: 'istio' }, { state: 'begun' }, { state: 'begun', isForAddOns: true }],
  ['of version 0.1.0, done', { mesh: 'istio' }, { state: 'done' }, { state: 'done', isForAddOns: true }],
  [
    'of an installation without our add-ons',
    { mesh: 'istio' },
    { state: 'done', addOns: 'no' },
    { state: 'done', isForAddOns: false },
  ],
  [
    'with another state is not done',
    { mesh: 'istio' },
    { state: 'x' },
    { state: 'begun', isForAddOns: true },
  ],
  ['without data is not done', { mesh: 'istio' }, undefined, { state: 'begun', isForAddOns: true }],
  [
    'of the default revision by its name',
    { mesh: 'istio', revision: 'default' },
    { state: 'done' },
    { state: 'done', isForAddOns: true },
  ],
  [
    'of another revision is none of this',
    { mesh: 'istio', revision: 'canary' },
    { state: 'done' },
    undefined,
  ],
  ['of another mesh is none of this', { mesh: 'linkerd' }, { state: 'done' }, undefined],
])('a mark %s', async (_, installation, data, expected) => {
  const client = clusterWith('mesh-workbench-istio', data)
  expect(await readInstallationMark(client, installation, signal)).toEqual(expected)
})

test.each<[MarkedInstallation, string]>([
  [{ mesh: 'istio' }, 'mesh-workbench-istio'],
  [{ mesh: 'istio', revision: 'canary' }, 'mesh-workbench-istio-canary'],
  [{ mesh: 'linkerd' }, 'mesh-workbench-linkerd'],
])('the mark of %j is %s in kube-system', (installation, name) => {
  expect(markObject(installation).metadata).toEqual({ name, namespace: 'kube-system' })
})
