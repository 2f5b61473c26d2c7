import { findFailure, type ClusterProblem, type FailureRule } from './cluster-failure.ts'
import { ENGINE_FAILURES } from './engine-failures.ts'

/** What kind says itself, before what its engine said to it. Source: kind, pkg/cluster/internal/create/create.go */
const BEFORE: readonly FailureRule[] = [
  {
    failure: 'config',
    pattern:
      /^ERROR: failed to create cluster: (\[?(?:invalid |must have |unknown apiVersion|unknown kind|unable to decode config|could not determine kind|error reading file|error converting YAML|\S.* is not a valid (?:cluster name|node role)).*)(?:\n[ \t]+(\S.*))?/m,
    code: 'bad-input',
    message: ([, reason = '', detail]) =>
      `kind rejects the configuration: ${reason.replace(/^\[|\]$/g, '')}${detail === undefined ? '' : ` ${detail}`}`,
    hint: 'Correct it and try again. All fields: https://kind.sigs.k8s.io/docs/user/configuration/',
  },
  {
    failure: 'name-taken',
    pattern: /node\(s\) already exist for a cluster with the name "([^"]*)"/,
    code: 'conflict',
    message: ([, name = '']) => `There is already a kind cluster named "${name}"`,
    hint: 'Use it, delete it, or choose another name.',
  },
  {
    failure: 'name-unknown',
    pattern:
      /could not locate any control plane nodes for cluster named '([^']*)'|no nodes found for cluster "([^"]*)"/,
    code: 'not-found',
    message: ([, first, second]) => `There is no kind cluster named "${first ?? second ?? ''}"`,
    hint: 'Check the list of clusters: another program may have deleted it.',
  },
  {
    failure: 'image-missing',
    pattern: /image: "([^"]*)" not present locally/,
    code: 'not-found',
    message: ([, image = '']) => `The container engine has no image ${image}`,
    hint: 'Build or pull it first, or load a file that docker save wrote.',
  },
]

/** Causes that can only be guessed from where kind stopped. Source: https://kind.sigs.k8s.io/docs/user/known-issues/ */
const AFTER: readonly FailureRule[] = [
  {
    failure: 'cgroups',
    pattern:
      /requires cgroup v2|requires setting systemd property "Delegate=yes"|could not find a log line that matches|required cgroups disabled.*detected cgroup v1|cannot find cgroup mount destination/i,
    code: 'unsupported',
    message: () => 'The node container does not start with the cgroups of this machine',
    hint: 'Rootless engines need cgroup v2 with the controllers delegated to you (systemd: Delegate=yes): https://kind.sigs.k8s.io/docs/user/rootless/',
  },
  {
    failure: 'time-out',
    pattern:
      /timed out waiting for the condition|context deadline exceeded|kubelet is not (?:healthy|running)|failed to init node with kubeadm/i,
    code: 'unreachable',
    message: () => 'The control plane did not become ready in time',
    hint: 'Mostly memory or disk is short: close other programs or give the engine more, then try again.',
  },
]

const RULES = [...BEFORE, ...ENGINE_FAILURES, ...AFTER]

/** The cause of a failed run of kind and what to do, from what it printed. */
export function explainKindFailure(output: string): ClusterProblem {
  const found = findFailure(RULES, output)
  if (found) return found
  const own = /^ERROR: (.*)$/m.exec(output)?.[1]
  return {
    code: 'internal',
    message: own === undefined ? 'kind failed and did not say why' : `kind failed: ${own}`,
    hint: 'The log of the task has all that kind printed.',
    raw: output,
  }
}
