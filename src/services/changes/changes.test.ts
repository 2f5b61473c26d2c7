import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toProblem } from '../../domain/problem.ts'
import { openTestChanges, signal, type TestChanges } from './test-changes.ts'

const context = 'playground'
let own: TestChanges
beforeAll(async () => (own = await openTestChanges()))
afterAll(() => own.stop())

const plan: TestChanges['plan'] = (text, force) => own.plan(text, force)
const apply: TestChanges['apply'] = (text, force) => own.apply(text, force)

const service = (name: string, timeout = ''): string => `# a comment
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ${name}
spec:
  hosts: [${name}]
  http:
  - route:
    - destination: {host: ${name}}
${timeout}`

describe('a plan', () => {
  test('says what is created, and changes nothing', async () => {
    const { steps } = await plan(service('new'))
    expect(steps).toMatchObject([
      { action: 'create', line: 2, before: '', id: { namespace: 'default' }, problems: [] },
    ])
    expect((await plan(service('new'))).steps).toMatchObject([{ action: 'create' }])
  })

  test.each([
    ['an unknown field, at its line', service('x', '    timeot: 1s\n'), [{ line: 11, code: 'invalid' }]],
    ['a wrong value, at its line', service('x').replace('hosts: [x]', 'hosts: x'), [{ line: 7 }]],
    [
      'a kind that the cluster does not know',
      service('x').replace('VirtualService', 'Nonsense'),
      [{ line: 2, code: 'not-found' }],
    ],
    ['no name', service('x').replace('  name: x\n', '  labels: {}\n'), [{ line: 4, code: 'bad-input' }]],
    ['broken YAML', service('x').replace('hosts: [x]', 'hosts: [x'), [{ code: 'bad-input' }]],
    [
      'an input of istioctl',
      'apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: x}\n',
      [{ code: 'not-found' }],
    ],
    ['nothing', '# only words\n', [{ code: 'bad-input' }]],
  ])('finds %s', async (_name, text, expected) => {
    const { steps, problems } = await plan(text)
    expect([...problems, ...steps.flatMap(step => step.problems)]).toMatchObject(expected)
  })

  test('goes on for the other objects', async () => {
    const { steps } = await plan(`${service('x', '    timeot: 1s\n')}---\n${service('z')}`)
    expect(steps.map(({ problems }) => problems.length)).toEqual([1, 0])
  })

  test('refuses to write back a hidden value', async () => {
    const { problems } = await plan(
      'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  password: ••••\n',
    )
    expect(problems).toMatchObject([{ at: 'stringData.password', line: 5 }])
  })
})

describe('a change', () => {
  test('is applied, journaled, and taken back', async () => {
    await apply(service('app'))
    const changed = await apply(service('app', '    timeout: 3s\n'))
    expect(changed).toMatchObject({ state: 'applied', steps: [{ action: 'update', outcome: 'applied' }] })
    expect(changed.steps[0]?.after).toContain('timeout: 3s')
    expect((await plan(service('app', '    timeout: 3s\n'))).steps).toMatchObject([{ action: 'unchanged' }])

    const { steps } = await own.changes.planRevert({ entry: changed.id }, signal)
    expect(steps).toMatchObject([{ action: 'update', warnings: [] }])
    expect(steps[0]?.after).toBe(changed.steps[0]?.before)
    const reverted = await own.revert(changed.id)
    expect(reverted).toMatchObject({ state: 'applied', revertOf: changed.id })
    expect((await plan(service('app'))).steps).toMatchObject([{ action: 'unchanged' }])
  })

  test('that created is taken back by a deletion, and that one by making it again', async () => {
    const created = await apply(service('short-lived'))
    const deleted = await own.revert(created.id)
    expect(deleted.steps).toMatchObject([{ action: 'delete', outcome: 'applied' }])
    const again = await own.revert(deleted.id)
    expect(again.steps).toMatchObject([{ action: 'create', outcome: 'applied' }])
  })

  test('with a problem anywhere sends nothing', async () => {
    const text = `${service('half')}---\n${service('other', '    timeot: 1s\n')}`
    expect(await apply(text).catch(toProblem)).toMatchObject({ code: 'invalid' })
    expect((await plan(service('half'))).steps).toMatchObject([{ action: 'create' }])
  })

  test('makes its namespace first', async () => {
    const text = `${service('inside').replace('  name: inside\n', '  name: inside\n  namespace: fresh\n')}---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: fresh\n`
    expect(await apply(text)).toMatchObject({
      state: 'applied',
      steps: [{ id: { kind: 'Namespace' } }, { id: { kind: 'VirtualService', namespace: 'fresh' } }],
    })
  })

  test('of a field that another manager owns names the owner, and takes it only when told to', async () => {
    const path = '/apis/networking.istio.io/v1/namespaces/default/virtualservices/owned'
    const client = own.clusters.client(context)
    await apply(service('owned', '    timeout: 1s\n'))
    await client.readJson({
      method: 'PATCH',
      path,
      query: { fieldManager: 'somebody-else' },
      contentType: 'application/merge-patch+json',
      body: JSON.stringify({
        spec: { http: [{ route: [{ destination: { host: 'owned' } }], timeout: '2s' }] },
      }),
    })
    const text = service('owned', '    timeout: 5s\n')
    const { steps } = await plan(text)
    expect(steps[0]?.conflicts).toMatchObject([{ manager: 'somebody-else', field: '.spec.http', line: 8 }])
    expect(steps[0]?.after).toContain('timeout: 5s')
    expect(await apply(text).catch(toProblem)).toMatchObject({ code: 'conflict' })
    expect(await apply(text, ['networking.istio.io/VirtualService/default/owned'])).toMatchObject({
      state: 'applied',
    })
  })
})

test('the journal is on the disk, newest first', async () => {
  const names = await readdir(join(own.folder, 'journal'))
  expect(names.sort()).toEqual((await own.journal()).map(({ id }) => `${id}.json`).sort())
})
