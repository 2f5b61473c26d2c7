import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { findLab } from '../../e2e/lab/playground-process.ts'
import { checkConfigurations } from './check-configurations.ts'
import { checkConnections } from './check-connections.ts'
import type { CheckedConnections } from './check-connections.ts'
import { checkGatewayConnections } from './check-gateway-connections.ts'
import { checkWaypoints } from './check-waypoints.ts'
import { generateConfiguration, textOf } from './generate-configuration.ts'
import { generateConnections } from './generate-connections.ts'
import { generateGatewayConnections } from './generate-gateway-connections.ts'
import { generateRouteConnections } from './generate-route-connections.ts'
import { generateWaypoints } from './generate-waypoints.ts'

// node fuzz/policy/run.ts [COUNT OF EACH] [SEED] [policies|connections|gateways|routes|waypoints]: random policies and connections, decided here and by
// the listeners and filters that the real istiod makes of them.

const lab = findLab()
if (lab === undefined) throw new Error('No lab: set MESH_WORKBENCH_LAB')
const count = Number(process.argv[2] ?? 500)
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31))
console.log(`seed ${String(seed)}`)
const programs = execFileSync(join(lab, 'tools'), { encoding: 'utf8' }).trim()
const seeds = Array.from({ length: count }, (_, index) => seed + index)
const only = process.argv[4]
if (only === undefined || only === 'policies') {
  const { disagreements, ...figures } = checkConfigurations(programs, seeds.map(generateConfiguration))
  console.log(`policies: ${JSON.stringify(figures)}`)
  for (const { configuration, request, expected, actual, note } of disagreements.slice(0, 5)) {
    console.log(textOf(configuration.objects.filter(({ kind }) => kind !== 'Pod' && kind !== 'Service')))
    console.log(`seed ${String(configuration.seed)} trust domain ${configuration.trustDomain}`)
    console.log(JSON.stringify(request))
    console.log('istiod:', JSON.stringify(expected), 'here:', JSON.stringify(actual), note, '\n')
  }
  report(disagreements.length)
}
if (only === undefined || only === 'connections')
  show('connections', checkConnections(programs, seeds.map(generateConnections)))
if (only === undefined || only === 'gateways')
  show('gateways', checkGatewayConnections(programs, seeds.map(generateGatewayConnections)))
if (only === undefined || only === 'routes')
  show('routes', checkGatewayConnections(programs, seeds.map(generateRouteConnections)))
if (only === undefined || only === 'waypoints')
  show('waypoints', checkWaypoints(programs, seeds.map(generateWaypoints)))

function show(name: string, { disagreements, ...figures }: CheckedConnections): void {
  console.log(`${name}: ${JSON.stringify(figures)}`)
  for (const { seed: own, objects, request, expected, actual } of disagreements.slice(0, 5))
    console.log(
      `${objects}seed ${String(own)}\n${JSON.stringify(request)}\nistiod: ${expected}\nhere:   ${actual}\n`,
    )
  report(disagreements.length)
}

function report(count: number): void {
  console.log(`${String(count)} disagreements`)
  if (count > 0) process.exitCode = 1
}
