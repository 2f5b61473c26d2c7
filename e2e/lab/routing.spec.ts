import { expect, test } from '@playwright/test'
import { findOracle } from '../../fuzz/routing/ask-oracle.ts'
import { checkConfigurations } from '../../fuzz/routing/check-configurations.ts'
import { generateMixedConfiguration } from '../../fuzz/routing/mixed-configuration.ts'

// Random configurations, decided here and by the real istiod and Envoy. The same in each run, so that what turns red
// is the program and not the dice; `npm run fuzz:routing` does many more, fresh each time.

const oracle = findOracle()
test.skip(oracle === undefined, 'no lab: neither MESH_WORKBENCH_LAB nor ../shared/lab is there')

test('150 random configurations are decided as istiod and Envoy do', () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? 20_000)
  console.log(`seed ${String(seed)}: npm run fuzz:routing -- --seed ${String(seed)} --configurations 150`)
  const configurations = Array.from({ length: 150 }, (_, index) =>
    generateMixedConfiguration(seed + index, 8),
  )
  const found = checkConfigurations(oracle!, configurations)
  const told = found.map(
    ({ configuration, request, differences }) =>
      `seed ${String(configuration.seed)}, request ${String(request)}: ${differences.join('; ')}`,
  )
  expect(told).toEqual([])
})
