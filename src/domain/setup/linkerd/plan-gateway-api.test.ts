import { expect, it } from 'vitest'
import { planGatewayApi, type FoundGatewayApi, type GatewayApiPlan } from './plan-gateway-api.ts'

const NEEDED = { from: '1.2.1', to: '1.5.1' }

it.each<[string, FoundGatewayApi | undefined, Partial<GatewayApiPlan>, boolean]>([
  ['none', undefined, { action: 'install', version: '1.5.1' }, false],
  ['one that fits', { version: 'v1.4.0', channel: 'standard' }, { action: 'keep' }, false],
  ['the oldest that fits', { version: '1.2.1' }, { action: 'keep' }, false],
  ['the newest that fits', { version: 'v1.5.1', channel: 'experimental' }, { action: 'keep' }, false],
  ['a newer one, never made older', { version: 'v1.6.1' }, { action: 'keep' }, true],
  ['an older one', { version: 'v1.1.0', channel: 'standard' }, { action: 'update', version: '1.5.1' }, false],
  ['an older experimental one', { version: 'v1.1.0', channel: 'experimental' }, { action: 'refuse' }, true],
  ['one without a version', {}, { action: 'keep' }, true],
  ['one with something else for a version', { version: 'main' }, { action: 'keep' }, true],
])('%s', (_name, found, expected, isWarning) => {
  const plan = planGatewayApi(found, NEEDED, '1.5.1')
  expect(plan).toMatchObject(expected)
  expect('version' in plan).toBe('version' in expected)
  expect(plan.warning !== undefined).toBe(isWarning)
})
