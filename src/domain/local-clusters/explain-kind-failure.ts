import type { Problem } from '../problem.ts'

/** Why a local cluster did not come about, by name. */
export type ClusterFailure =
  | 'engine-missing'
  | 'engine-stopped'
  | 'engine-denied'
  | 'name-taken'
  | 'port-taken'
  | 'image-pull'
  | 'memory'
  | 'disk'
  | 'inotify'
  | 'cgroups'
  | 'time-out'
  | 'config'

interface Rule {
  readonly failure: ClusterFailure
  readonly pattern: RegExp
  readonly code: Problem['code']
  readonly message: (match: RegExpExecArray) => string
  readonly hint: string
}

/** The first that matches decides: a special cause stands before the general one that it shows itself as. */
const RULES: readonly Rule[] = [
  {
    failure: 'name-taken',
    pattern: /node\(s\) already exist for a cluster with the name "([^"]*)"/,
    code: 'conflict',
    message: ([, name = '']) => `There is already a kind cluster named "${name}"`,
    hint: 'Use it, delete it, or choose another name.',
  },
  {
    failure: 'engine-denied',
    pattern:
      /permission denied while trying to connect to the (?:Docker daemon|docker API)|dial unix \S+docker\.sock: connect: permission denied/i,
    code: 'forbidden',
    message: () => 'You may not use the container engine',
    hint: 'Add your user to the group docker and log in again, or use rootless Docker or Podman.',
  },
  {
    failure: 'engine-missing',
    pattern:
      /exec: "(docker|podman|nerdctl)": executable file not found|failed to detect any supported node provider/i,
    code: 'not-found',
    message: ([, engine]) => `${engine ?? 'No container engine'} is not installed`,
    hint: 'Install Docker or Podman, start it and try again.',
  },
  {
    failure: 'port-taken',
    pattern:
      /(?:bind for \S*?:(\d+) failed: port is already allocated|(?:listen|bind)\S* tcp4? \S*?:(\d+): bind: address already in use|ports are not available: exposing port TCP \S*?:(\d+))/i,
    code: 'conflict',
    message: match =>
      `Port ${match[1] ?? match[2] ?? match[3] ?? ''} of this machine is in use by another program`,
    hint: 'Stop the program that listens there, or choose another host port in the configuration.',
  },
  {
    failure: 'disk',
    pattern: /no space left on device/i,
    code: 'disk',
    message: () => 'The disk of the container engine is full',
    hint: 'Free space, for example with docker system prune, or give the engine a bigger disk.',
  },
  {
    failure: 'inotify',
    pattern: /too many open files|failed to create fsnotify watcher|inotify/i,
    code: 'unsupported',
    message: () => "This machine's limit of inotify watches is too low for one more cluster",
    hint: 'sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512',
  },
  {
    failure: 'memory',
    pattern: /cannot allocate memory|out of memory|OOMKilled|exit (?:status|code) 137|signal: killed/i,
    code: 'unsupported',
    message: () => 'There was not enough memory for the cluster',
    hint: 'Give the container engine at least 6 GB, or stop other clusters.',
  },
  {
    failure: 'image-pull',
    pattern:
      /failed to pull image "([^"]*)"|manifest for (\S+) not found|toomanyrequests|pull access denied for (\S+?),/i,
    code: 'unreachable',
    message: match =>
      `The node image ${match[1] ?? match[2] ?? match[3] ?? ''} could not be pulled`.replace('  ', ' '),
    hint: 'Check the network, the proxy of the container engine and its login; or pull the image by hand.',
  },
  {
    failure: 'cgroups',
    pattern:
      /cgroup v2|requires setting systemd property "Delegate=yes"|Multi-User System|could not find a log line that matches/i,
    code: 'unsupported',
    message: () => 'The node container does not start with the cgroups of this machine',
    hint: 'See https://kind.sigs.k8s.io/docs/user/rootless/ and the known issues of kind.',
  },
  {
    failure: 'engine-stopped',
    pattern:
      /cannot connect to the docker daemon|error during connect|is the docker daemon running|cannot connect to podman|failed to get docker info|failed to connect to the docker API/i,
    code: 'unreachable',
    message: () => 'The container engine does not answer: it is not running',
    hint: 'Start Docker or Podman (podman machine start) and try again.',
  },
  {
    failure: 'config',
    pattern:
      /unable to decode config|invalid configuration|error reading file|error converting YAML|unknown field "/i,
    code: 'bad-input',
    message: () => 'kind does not understand the configuration',
    hint: 'Compare it with https://kind.sigs.k8s.io/docs/user/configuration/.',
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

/**
 * The cause of a failed run of kind and what to do, from what it printed.
 * Sources: kind, pkg/cluster/internal/create/create.go; https://kind.sigs.k8s.io/docs/user/known-issues/
 */
export function explainKindFailure(output: string): Problem & { readonly failure?: ClusterFailure } {
  for (const { failure, pattern, code, message, hint } of RULES) {
    const match = pattern.exec(output)
    if (match) return { code, message: message(match), hint, raw: output, failure }
  }
  const own = /^ERROR: (.*)$/m.exec(output)?.[1]
  return {
    code: 'internal',
    message: own === undefined ? 'kind failed and did not say why' : `kind failed: ${own}`,
    hint: 'The log of the task has all that kind printed.',
    raw: output,
  }
}
