// Random configurations and requests: the product's decisions beside those of the real istiod and Envoy.
// `node fuzz/routing/run.ts [--seed N] [--configurations N] [--requests N] [--show N] [--minimize N] [--gateway-api]`; every
// fourth configuration has the Gateway API, all with `--gateway-api`; every eighth has Ingresses, all with `--ingress`. `--no-grpc-routes` leaves out GRPCRoutes, for a lab
// whose istiod does not read them.
import { parseArgs } from 'node:util'
import { findOracle } from './ask-oracle.ts'
import { checkConfigurations } from './check-configurations.ts'
import type { Disagreement } from './check-configurations.ts'
import type { Configuration } from './configuration.ts'
import { generateGatewayApiConfiguration } from './gateway-api-configuration.ts'
import { generateIngressConfiguration } from './ingress-configuration.ts'
import { minimize } from './minimize.ts'
import { generateMixedConfiguration } from './mixed-configuration.ts'

const { values } = parseArgs({
  allowNegative: true,
  options: {
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    configurations: { type: 'string', default: '2000' },
    requests: { type: 'string', default: '8' },
    show: { type: 'string', default: '10' },
    minimize: { type: 'string', default: '3' },
    'gateway-api': { type: 'boolean', default: false },
    'grpc-routes': { type: 'boolean', default: true },
    ingress: { type: 'boolean', default: false },
  },
})
const oracle = findOracle()
if (oracle === undefined) {
  console.error('There is no lab: set MESH_WORKBENCH_LAB to its folder.')
  process.exit(2)
}
const seed = Number(values.seed)
const total = Number(values.configurations)
const batch = 100
const generate = (own: number, requests: number): Configuration =>
  values['gateway-api']
    ? generateGatewayApiConfiguration(own, requests, values['grpc-routes'])
    : values.ingress
      ? generateIngressConfiguration(own, requests)
      : generateMixedConfiguration(own, requests, values['grpc-routes'])
let shown = 0
let disagreements = 0
console.log(`seed ${String(seed)}`)
for (let start = 0; start < total; start += batch) {
  const configurations = Array.from({ length: Math.min(batch, total - start) }, (_, index) =>
    generate(seed + start + index, Number(values.requests)),
  )
  const found = checkConfigurations(oracle, configurations)
  disagreements += found.length
  for (const item of found)
    if (shown++ < Number(values.show)) show(shown <= Number(values.minimize) ? minimize(oracle, item) : item)
  console.log(
    `${String(start + configurations.length)} configurations, ${String(disagreements)} disagreements`,
  )
}
process.exitCode = disagreements > 0 ? 1 : 0

function show({ configuration, request, differences, answer }: Disagreement): void {
  console.log(`\n# seed ${String(configuration.seed)}, request ${String(request)}: ${differences.join('; ')}`)
  console.log(configuration.text)
  console.log(JSON.stringify({ caller: configuration.caller, meshConfig: configuration.meshConfig }))
  if (request !== undefined) console.log(JSON.stringify(configuration.requests[request]))
  console.log(JSON.stringify(answer))
}
