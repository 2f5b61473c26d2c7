import { findFailure, type ClusterProblem, type FailureRule } from './cluster-failure.ts'

/** The group that matched, of several that mean the same. */
const firstOf = (match: readonly (string | undefined)[]): string =>
  match.slice(1).find(text => text !== undefined) ?? ''

/**
 * What Docker and Podman print where they cannot do what kind or minikube asks of them.
 * Sources: the recordings in failures.test.ts, each with its address.
 */
export const ENGINE_FAILURES: readonly FailureRule[] = [
  {
    failure: 'engine-denied',
    pattern:
      /permission denied while trying to connect to the (?:Docker daemon|docker API)|dial unix \S+\.sock: connect: permission denied/i,
    code: 'forbidden',
    message: () => 'You don’t have permission to use the container engine',
    hint: 'Add your user to the group docker (sudo usermod -aG docker $USER) and log in again, or use rootless Docker or Podman.',
  },
  {
    failure: 'engine-missing',
    pattern:
      /exec: "(docker|podman|nerdctl)": (?:executable file not found|cannot run executable)|failed to detect any supported node provider/i,
    code: 'not-found',
    message: ([, engine]) => `${engine ?? 'No container engine'} is not installed`,
    hint: 'Install Docker or Podman, start it and try again.',
  },
  {
    failure: 'port-denied',
    pattern:
      /rootlessport cannot expose privileged port (\d+)|bind: permission denied|cannot use privileged ports on the host \(below 1024\):? ?\[?(\d+)?/i,
    code: 'forbidden',
    message: match =>
      `The container engine can't open port ${firstOf(match) || 'below 1024'} of this machine`.trim(),
    hint: 'Choose ports above 1023, such as 8080 and 8443, or lower net.ipv4.ip_unprivileged_port_start.',
  },
  {
    failure: 'port-taken',
    pattern:
      /bind for \S*?:(\d+) failed: port is already allocated|(?:listen|bind)\S* tcp4? \S*?:(\d+): bind: address already in use|ports are not available: exposing port TCP \S*?:(\d+)|failed to bind host port (?:for )?[\d.[\]:a-f]*?:(\d+)(?::[\d.]+:\d+)?\/tcp: address already in use/i,
    code: 'conflict',
    message: match => `Port ${firstOf(match)} of this machine is in use by another program`,
    hint: 'Stop the program that listens there, or choose another host port.',
  },
  {
    // "No space left" of inotify_add_watch is about watches, not about the disk.
    failure: 'inotify',
    pattern: /too many open files|failed to create fsnotify watcher|inotify_(?:add_watch|init)/i,
    code: 'unsupported',
    message: () => "This machine's limit of inotify watches is too low for one more cluster",
    hint: 'sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512',
  },
  {
    failure: 'disk',
    pattern: /no space left on device/i,
    code: 'disk',
    message: () => 'The disk of the container engine is full',
    hint: 'Free space, for example with docker system prune, or give the engine a bigger disk.',
  },
  {
    failure: 'cpus',
    pattern: /Range of CPUs is from \S+ to \S+, as there are only (\d+) CPUs available/i,
    code: 'unsupported',
    message: ([, cpus = '']) => `The container engine has only ${cpus} CPU${cpus === '1' ? '' : 's'}`,
    hint: 'Ask for fewer CPUs, or give the container engine more.',
  },
  {
    failure: 'memory',
    pattern:
      /cannot allocate memory|out of memory|OOMKilled|exit(?:ed with)? (?:status|code) 137|failed with error: signal: killed/i,
    code: 'unsupported',
    message: () => 'There was not enough memory for the cluster',
    hint: 'Give the container engine at least 6 GB, or stop other clusters.',
  },
  {
    failure: 'image-rate',
    pattern: /toomanyrequests|reached your (?:unauthenticated )?pull rate limit/i,
    code: 'unreachable',
    message: () => 'The registry’s pull rate limit is reached',
    hint: 'Wait, log in with docker login, or pull the node image from a mirror.',
  },
  {
    failure: 'image-missing',
    pattern: /manifest for (\S+) not found|pull access denied for (\S+?),/i,
    code: 'not-found',
    message: match => `There is no image ${firstOf(match)} in its registry`,
    hint: 'Take a node image that the release notes of the tool name, with its digest.',
  },
  {
    failure: 'image-pull',
    pattern: /failed to pull image "([^"]*)"/i,
    code: 'unreachable',
    message: match => `The node image ${firstOf(match)} could not be pulled`,
    hint: 'Check the network, the proxy of the container engine, its login and its free disk; or pull the image by hand.',
  },
  {
    failure: 'engine-address',
    pattern: /unable to resolve docker endpoint: (.*)/i,
    code: 'bad-input',
    message: ([, reason = '']) => `The address of the container engine is not valid: ${reason}`,
    hint: 'Correct DOCKER_HOST, or unset it to use the engine of this machine.',
  },
  {
    failure: 'engine-address',
    pattern:
      /cannot connect to the docker daemon at ((?:tcp|https?|ssh):\S+?)\. |error during connect: \S+ "?(https?:\/\/[^/"]+)[^:]*(?:"|:)[^:]*: dial /i,
    code: 'unreachable',
    message: match => `No container engine answers at ${firstOf(match)}`,
    hint: 'That address comes from DOCKER_HOST or from docker context: correct it, or start the engine there.',
  },
  {
    failure: 'engine-stopped',
    pattern:
      /cannot connect to the docker daemon(?: at ((?:unix|npipe):\S+?)\. )?|error during connect|is the docker daemon running|(?:cannot|unable to) connect to podman|failed to connect to the docker API/i,
    code: 'unreachable',
    message: ([, address]) =>
      `The container engine does not answer${address === undefined ? '' : ` at ${address}`}: it is not running`,
    hint: 'Start Docker or Podman (podman machine start) and try again. Where DOCKER_HOST is set, check it.',
  },
]

/** Why the container engine failed; what it printed where nothing of it is known. */
export function explainEngineFailure(engine: string, output: string): ClusterProblem {
  return (
    findFailure(ENGINE_FAILURES, output) ?? {
      code: 'internal',
      message: `${engine} failed: ${output.trim().split('\n').at(-1) ?? 'it did not say why'}`,
      hint: `Try ${engine} info in a terminal.`,
      raw: output,
    }
  )
}
