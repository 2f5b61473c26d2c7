import { expect, test } from '@playwright/test'
import { checkConfigurations } from '../../fuzz/policy/check-configurations.ts'
import { generateConfiguration, textOf } from '../../fuzz/policy/generate-configuration.ts'
import { checkConnections } from '../../fuzz/policy/check-connections.ts'
import { generateConnections } from '../../fuzz/policy/generate-connections.ts'
import { checkGatewayConnections } from '../../fuzz/policy/check-gateway-connections.ts'
import { generateGatewayConnections } from '../../fuzz/policy/generate-gateway-connections.ts'
import { checkWaypoints } from '../../fuzz/policy/check-waypoints.ts'
import { generateWaypoints } from '../../fuzz/policy/generate-waypoints.ts'
import { findLab, labPrograms } from './playground-process.ts'

// Random policies, decided by the product and by the filters that the real istiod makes of them. The same in each run,
// so that what turns red is the program and not the dice; `npm run fuzz:policy` does many more, fresh each time.

const lab = findLab()
test.skip(lab === undefined, 'no lab: neither MESH_WORKBENCH_LAB nor ../shared/lab is there')

const seed = Number(process.env['FUZZ_SEED'] ?? 20_000)

test('mutual TLS and authorization are those of the real istiod', () => {
  const { disagreements, ...figures } = checkConfigurations(
    labPrograms(lab!),
    Array.from({ length: 100 }, (_, index) => generateConfiguration(seed + index)),
  )
  console.log(`policies: seed ${String(seed)}, ${JSON.stringify(figures)}`)
  expect(
    disagreements.map(({ configuration, request, expected, actual, note }) => ({
      seed: configuration.seed,
      objects: textOf(configuration.objects.filter(({ kind }) => kind !== 'Pod' && kind !== 'Service')),
      request,
      expected,
      actual,
      note,
    })),
  ).toEqual([])
  expect(figures.refused).toBeLessThan(15)
  expect(figures.requests).toBeGreaterThan(500)
})

test('connections that are not read go where the real istiod sends them', () => {
  const { disagreements, ...figures } = checkConnections(
    labPrograms(lab!),
    Array.from({ length: 100 }, (_, index) => generateConnections(seed + index)),
  )
  console.log(`connections: seed ${String(seed)}, ${JSON.stringify(figures)}`)
  expect(disagreements).toEqual([])
  expect(figures.refused).toBeLessThan(15)
  expect(figures.requests).toBeGreaterThan(500)
})

test('a gateway ends, passes on and closes connections as the real istiod makes it', () => {
  const { disagreements, ...figures } = checkGatewayConnections(
    labPrograms(lab!),
    Array.from({ length: 100 }, (_, index) => generateGatewayConnections(seed + index)),
  )
  console.log(`gateways: seed ${String(seed)}, ${JSON.stringify(figures)}`)
  expect(disagreements).toEqual([])
  expect(figures.refused).toBeLessThan(15)
  expect(figures.requests).toBeGreaterThan(500)
})

test('a waypoint routes and refuses as the real istiod makes it', () => {
  const { disagreements, ...figures } = checkWaypoints(
    labPrograms(lab!),
    Array.from({ length: 100 }, (_, index) => generateWaypoints(seed + index)),
  )
  console.log(`waypoints: seed ${String(seed)}, ${JSON.stringify(figures)}`)
  expect(disagreements).toEqual([])
  expect(figures.refused).toBeLessThan(15)
  expect(figures.requests).toBeGreaterThan(500)
})
