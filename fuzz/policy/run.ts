import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { findLab } from '../../e2e/lab/playground-process.ts'
import { checkConfigurations } from './check-configurations.ts'
import { generateConfiguration, textOf } from './generate-configuration.ts'

// node fuzz/policy/run.ts [COUNT] [SEED]: random policies, decided here and by the real istiod's filters.

const lab = findLab()
if (lab === undefined) throw new Error('No lab: set MESH_WORKBENCH_LAB')
const count = Number(process.argv[2] ?? 200)
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31))
console.log(`seed ${String(seed)}`)
const programs = execFileSync(join(lab, 'tools'), { encoding: 'utf8' }).trim()
const checked = checkConfigurations(
  programs,
  Array.from({ length: count }, (_, index) => generateConfiguration(seed + index)),
)
const { disagreements, ...figures } = checked
console.log(JSON.stringify(figures))
for (const { configuration, request, expected, actual, note } of disagreements.slice(0, 5)) {
  console.log(textOf(configuration.objects.filter(({ kind }) => kind !== 'Pod' && kind !== 'Service')))
  console.log(`seed ${String(configuration.seed)} trust domain ${configuration.trustDomain}`)
  console.log(JSON.stringify(request))
  console.log('istiod:', JSON.stringify(expected), 'here:', JSON.stringify(actual), note, '\n')
}
console.log(`${String(disagreements.length)} disagreements`)
process.exitCode = disagreements.length > 0 ? 1 : 0
