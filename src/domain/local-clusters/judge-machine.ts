/** What was measured before a cluster is made; undefined where this machine does not tell. */
export interface MachineFacts {
  readonly cpus: number
  readonly memory: number
  readonly freeDisk?: number
  readonly inotifyWatches?: number
  readonly inotifyInstances?: number
  readonly busyPorts: readonly number[]
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

function judge(
  name: string,
  isEnough: boolean,
  message: string,
  hint: string,
  state: 'warning' | 'failed' = 'warning',
): PreflightCheck {
  return isEnough ? { name, state: 'passed', message } : { name, state, message, hint }
}

/**
 * Judges a machine by what a cluster with a mesh needs. Sources: https://istio.io/latest/docs/setup/platform-setup/kind/
 * and https://kind.sigs.k8s.io/docs/user/known-issues/ (inotify)
 */
export function judgeMachine(facts: MachineFacts): readonly PreflightCheck[] {
  const { cpus, memory, freeDisk, inotifyWatches, inotifyInstances, busyPorts } = facts
  return [
    judge(
      'ports',
      busyPorts.length === 0,
      busyPorts.length === 0
        ? 'The host ports are free'
        : `In use by another program: port ${busyPorts.join(' and ')}`,
      'Stop the program that listens there, or choose other host ports.',
      'failed',
    ),
    judge('cpu', cpus >= 4, `${cpus} CPUs`, 'With less than 4 CPUs the mesh starts slowly.'),
    judge(
      'memory',
      memory >= 6 * GB,
      `${gigabytes(memory)} of memory`,
      'A cluster with a mesh and add-ons wants 6 GB; take the profile minimal, or leave out the add-ons.',
    ),
    ...(freeDisk === undefined
      ? []
      : [
          judge(
            'disk',
            freeDisk >= 10 * GB,
            `${gigabytes(freeDisk)} of disk free`,
            'Images need about 10 GB.',
          ),
        ]),
    ...(inotifyWatches === undefined || inotifyInstances === undefined
      ? []
      : [
          judge(
            'inotify',
            inotifyWatches >= 65_536 && inotifyInstances >= 128,
            `inotify: ${inotifyWatches} watches, ${inotifyInstances} instances`,
            'sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512',
          ),
        ]),
  ]
}
