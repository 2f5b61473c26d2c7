import type { EngineFacts } from './read-engine-info.ts'

/** Who listens on a port, as far as this machine reveals it. */
export interface PortUse {
  readonly port: number
  /** `nginx (process 812)`, `container web`. */
  readonly owner?: string
}

/** What was measured before a cluster is made; undefined where this machine does not tell. */
export interface MachineFacts {
  /** Of the machine itself; those of the engine's virtual machine count where they are known. */
  readonly cpus: number
  readonly memory: number
  readonly engine?: EngineFacts
  readonly freeDisk?: number
  readonly inotifyWatches?: number
  readonly inotifyInstances?: number
  readonly busyPorts: readonly PortUse[]
}

/** What the cluster is to have, as far as it is asked for. */
export interface MachineRequirements {
  readonly cpus?: number
  /** In gigabytes. */
  readonly memory?: number
}

/** One line of the checks before a cluster is made. */
export interface PreflightCheck {
  readonly name: string
  readonly state: 'passed' | 'warning' | 'failed'
  readonly message: string
  readonly hint?: string
}

const GB = 1024 ** 3
const gigabytes = (bytes: number): string => `${(bytes / GB).toFixed(1)} GB`

function createCheck(
  name: string,
  isEnough: boolean,
  message: string,
  hint: string,
  state: 'warning' | 'failed' = 'warning',
): PreflightCheck {
  return isEnough ? { name, state: 'passed', message } : { name, state, message, hint }
}

/**
 * Judges a machine by what a cluster with a mesh needs. Sources: https://istio.io/latest/docs/setup/platform-setup/kind/,
 * https://minikube.sigs.k8s.io/docs/start/ and https://kind.sigs.k8s.io/docs/user/known-issues/ (inotify)
 */
export function checkMachine(
  facts: MachineFacts,
  requirements: MachineRequirements = {},
): readonly PreflightCheck[] {
  return [
    checkPorts(facts.busyPorts),
    ...checkSize(facts, requirements),
    ...(facts.freeDisk === undefined
      ? []
      : [
          createCheck(
            'disk',
            facts.freeDisk >= 10 * GB,
            `${gigabytes(facts.freeDisk)} of disk free`,
            'Images need about 10 GB: free some space, for example with docker system prune.',
          ),
        ]),
    ...checkInotify(facts),
    ...(facts.engine ? checkCgroups(facts.engine) : []),
  ]
}

function checkPorts(busyPorts: readonly PortUse[]): PreflightCheck {
  const used = busyPorts.map(({ port, owner }) => `port ${port}${owner === undefined ? '' : ` (${owner})`}`)
  return createCheck(
    'ports',
    used.length === 0,
    used.length === 0 ? 'The host ports are free' : `In use by another program: ${used.join(' and ')}`,
    'Stop the program that listens there, or choose other host ports.',
    'failed',
  )
}

/** In a virtual machine, what it has is what counts. */
function checkSize(facts: MachineFacts, requirements: MachineRequirements): readonly PreflightCheck[] {
  const { engine } = facts
  const [cpus, memory] = [engine?.cpus ?? facts.cpus, engine?.memory ?? facts.memory]
  const where = engine ? ` for ${engine.name}` : ''
  const more = engine
    ? `Give ${engine.name} more in its settings.`
    : 'Stop other programs, or take a smaller cluster.'
  const checks: PreflightCheck[] = []
  if (requirements.cpus !== undefined && requirements.cpus > cpus)
    checks.push(
      createCheck(
        'cpu',
        false,
        `${cpus} CPUs${where}, ${requirements.cpus} are asked for`,
        `Ask for fewer. ${more}`,
        'failed',
      ),
    )
  else
    checks.push(
      createCheck(
        'cpu',
        cpus >= 4,
        `${cpus} CPUs${where}`,
        `With less than 4 CPUs the mesh starts slowly. ${more}`,
        cpus < 2 ? 'failed' : 'warning',
      ),
    )
  if (requirements.memory !== undefined && requirements.memory * GB > memory)
    checks.push(
      createCheck(
        'memory',
        false,
        `${gigabytes(memory)} of memory${where}, ${requirements.memory} GB are asked for`,
        `Ask for less. ${more}`,
        'failed',
      ),
    )
  else
    checks.push(
      createCheck(
        'memory',
        memory >= 6 * GB,
        `${gigabytes(memory)} of memory${where}`,
        `A cluster with a mesh and add-ons wants 6 GB; take the profile minimal, or leave out the add-ons. ${more}`,
        // Below this, kubeadm and minikube fail. Source: minikube, cmd/minikube/cmd/start_flags.go, minUsableMem
        memory < 1.75 * GB ? 'failed' : 'warning',
      ),
    )
  return checks
}

function checkInotify({ inotifyWatches, inotifyInstances }: MachineFacts): readonly PreflightCheck[] {
  if (inotifyWatches === undefined || inotifyInstances === undefined) return []
  return [
    createCheck(
      'inotify',
      inotifyWatches >= 65_536 && inotifyInstances >= 128,
      `inotify: ${inotifyWatches} watches, ${inotifyInstances} instances`,
      'sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512',
    ),
  ]
}

/** Source: https://kind.sigs.k8s.io/docs/user/rootless/ (host requirements) and create.go, validateProvider */
function checkCgroups({
  name,
  isRootless,
  cgroupVersion,
  cgroupControllers,
}: EngineFacts): readonly PreflightCheck[] {
  if (!isRootless || cgroupVersion === undefined) return []
  const missing = cgroupControllers
    ? ['cpu', 'memory', 'pids'].filter(controller => !cgroupControllers.includes(controller))
    : []
  if (cgroupVersion === '1')
    return [
      createCheck(
        'cgroups',
        false,
        `Rootless ${name} on cgroup v1`,
        'Rootless engines need cgroup v2: boot with systemd.unified_cgroup_hierarchy=1, or use the engine with root.',
        'failed',
      ),
    ]
  return [
    createCheck(
      'cgroups',
      missing.length === 0,
      missing.length === 0
        ? `Rootless ${name} on cgroup v2`
        : `Rootless ${name} can't limit ${missing.join(', ')}`,
      'Delegate the controllers to your user (systemd: Delegate=yes): https://kind.sigs.k8s.io/docs/user/rootless/',
      'failed',
    ),
  ]
}
