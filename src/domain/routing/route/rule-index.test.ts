import { expect, test } from 'vitest'
import { generateMatch } from '../../../../fuzz/routing/generate-rules.ts'
import { generateSidecarRequest } from '../../../../fuzz/routing/generate-requests.ts'
import { Random } from '../../../../fuzz/routing/random.ts'
import { meshOf, virtualService } from '../../../../test/fixtures/routing.ts'
import { viewRequest } from './request-view.ts'
import { findRule } from './rule-index.ts'
import { rulesOf, takesRequest } from './rules.ts'

const caller = { kind: 'workload', namespace: 'default', labels: { app: 'frontend' } } as const
const known = [
  {
    name: 'myapp',
    namespace: 'default',
    host: 'myapp.default.svc.cluster.local',
    ports: [{ number: 80, isDetected: false, isHttp: true }],
  },
]

test('the index finds the rule that a search from the first on finds', () => {
  const seed = Date.now() % 2 ** 31
  const random = new Random(seed)
  let found = 0
  for (let round = 0; round < 60; round++) {
    let count = 0
    const scope = { random, host: () => 'api', gateways: ['mesh'], ports: [80], unique: () => ++count }
    const http = random.repeat(1, 30, () => ({
      match: random.repeat(1, 3, () => generateMatch(scope)),
      route: [{ destination: { host: 'api' } }],
    }))
    const mesh = meshOf(virtualService('myapp', JSON.stringify({ hosts: ['myapp'], http })))
    const rules = mesh.virtualServices.flatMap(item => rulesOf(mesh, item))
    for (let call = 0; call < 40; call++) {
      const { request } = generateSidecarRequest(random, caller, known)
      const view = viewRequest(request, 'mesh', 80)
      const expected = rules.find(rule => takesRequest(rule, view))
      expect(findRule(rules, view)?.reference, `seed ${String(seed)}, round ${String(round)}`).toEqual(
        expected?.reference,
      )
      if (expected !== undefined) found++
    }
  }
  expect(found).toBeGreaterThan(300)
})
