import { describe, expect, test } from 'vitest'
import { ProblemError, toProblem } from '../../../domain/problem.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { requireOwnNamespace } from './namespace-guard.ts'

const signal = new AbortController().signal
const unused = (): never => {
  throw new Error('not asked')
}
/** A cluster that has one namespace, or answers with a problem. */
const clusterWith = (answer: object | ProblemError): { client: KubernetesClient; asked: string[] } => {
  const asked: string[] = []
  const client: KubernetesClient = {
    request: unused,
    readLines: unused,
    readJson({ method = 'GET', path }) {
      asked.push(`${method} ${path}`)
      return answer instanceof ProblemError ? Promise.reject(answer) : Promise.resolve(answer)
    },
  }
  return { client, asked }
}
const labelled = (labels?: object): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'mesh-addons', ...(labels === undefined ? {} : { labels }) },
})
const problem = (code: 'not-found' | 'forbidden' | 'unreachable'): ProblemError =>
  new ProblemError({ code, message: code })

describe('whether a namespace is ours to put something into', () => {
  test.each<[string, object | ProblemError, string]>([
    ['it is not there', problem('not-found'), 'ok'],
    ['it is ours', labelled({ 'app.kubernetes.io/managed-by': 'mesh-workbench' }), 'ok'],
    ['it has no labels', labelled(), 'conflict'],
    ['it has other labels', labelled({ team: 'payments' }), 'conflict'],
    ['Helm made it', labelled({ 'app.kubernetes.io/managed-by': 'Helm' }), 'conflict'],
    [
      'a label only begins like ours',
      labelled({ 'app.kubernetes.io/managed-by': 'mesh-workbench-fork' }),
      'conflict',
    ],
    ['our name is in another label', labelled({ 'managed-by': 'mesh-workbench' }), 'conflict'],
    // What is not known is not taken for absent.
    ['it may not be read', problem('forbidden'), 'forbidden'],
    ['the cluster does not answer', problem('unreachable'), 'unreachable'],
  ])('%s', async (_, answer, expected) => {
    const { client, asked } = clusterWith(answer)
    const outcome = await requireOwnNamespace(client, 'mesh-addons', signal).then(
      () => 'ok',
      (error: unknown) => toProblem(error).code,
    )
    expect(outcome).toBe(expected)
    expect(asked).toEqual(['GET /api/v1/namespaces/mesh-addons'])
  })
})
