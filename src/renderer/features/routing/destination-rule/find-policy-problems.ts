import type { Edit } from '../../../../domain/edits/edit.ts'
import { qualifyHost } from '../../../../domain/istio/host-name.ts'
import { selects } from '../../../../domain/istio/named-object.ts'
import { closestWord } from '../../../../domain/simulation/closest-word.ts'
import type { CardProblem } from '../cards/object-model.ts'
import type { DestinationRuleModel, SubsetModel } from '../policy-words.ts'
import type { ProblemPlace } from '../route-problems.ts'

/** A host that is no Service: nothing is ever sent by the rule. */
export function findHostProblems(
  { mesh, namespace, hosts }: ProblemPlace,
  { host }: DestinationRuleModel,
): readonly CardProblem[] {
  if (host === '') return [{ severity: 'error', message: 'The rule names no host' }]
  if (host.includes('*') || mesh.registry.has(qualifyHost(host, namespace, mesh.clusterDomain))) return []
  const near = closestWord(host, hosts)
  return [
    {
      severity: 'error',
      message: `There is no Service ${host} in namespace ${namespace}`,
      ...(near === undefined
        ? {}
        : {
            fix: { title: `Use ${near}`, edits: [{ kind: 'setPath', path: ['spec', 'host'], value: near }] },
          }),
    },
  ]
}

/** A subset that selects no pod, or has the name of an earlier one. */
export function findSubsetProblems(
  { mesh, namespace }: ProblemPlace,
  rule: DestinationRuleModel,
  subset: SubsetModel,
): readonly CardProblem[] {
  const remove: Edit = { kind: 'removeSubset', index: subset.index }
  const isRepeated = rule.subsets.some(({ name, index }) => name === subset.name && index < subset.index)
  const problems: CardProblem[] = isRepeated
    ? [
        {
          severity: 'error',
          message: `Another subset is called ${subset.name}: Istio refuses the rule`,
          fix: { title: 'Remove this subset', edits: [remove] },
        },
      ]
    : []
  const service = mesh.registry.get(qualifyHost(rule.host, namespace, mesh.clusterDomain))
  const { selector } = service ?? {}
  if (service === undefined || selector === undefined) return problems
  const pods = (mesh.podsByNamespace.get(service.namespace) ?? []).filter(pod =>
    selects(selector, pod.labels),
  )
  if (pods.some(pod => selects(subset.labels, pod.labels))) return problems
  const labels = closestLabels(
    subset.labels,
    pods.map(pod => pod.labels),
  )
  problems.push({
    severity: 'warning',
    message: `No pod of ${rule.host} has these labels: requests to subset ${subset.name} are answered with 503`,
    fix:
      labels === undefined
        ? { title: 'Remove this subset', edits: [remove] }
        : {
            title: `Use ${Object.entries(labels)
              .map(([key, value]) => `${key}=${value}`)
              .join(', ')}`,
            edits: [{ kind: 'setSubset', index: subset.index, name: subset.name, labels }],
          },
  })
  return problems
}

/** The same labels with the values nearest to them that a pod has; undefined where a label has none near. */
function closestLabels(
  wanted: Readonly<Record<string, string>>,
  pods: readonly Readonly<Record<string, string>>[],
): Readonly<Record<string, string>> | undefined {
  const labels: Record<string, string> = {}
  for (const [key, value] of Object.entries(wanted)) {
    const values = [...new Set(pods.flatMap(pod => pod[key] ?? []))]
    const near = values.includes(value) ? value : closestWord(value, values)
    if (near === undefined) return undefined
    labels[key] = near
  }
  return pods.some(pod => selects(labels, pod)) ? labels : undefined
}
