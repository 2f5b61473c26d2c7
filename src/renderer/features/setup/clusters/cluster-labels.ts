import type { PreflightCheck } from '../../../../domain/setup/clusters/check-machine.ts'
import type { LocalClusterState } from '../../../../domain/setup/clusters/local-cluster.ts'

/** How the state of a cluster is said and marked. */
export const STATES: Readonly<
  Record<LocalClusterState, { readonly word: string; readonly tone: 'good' | 'warning' | 'plain' }>
> = {
  running: { word: 'Running', tone: 'good' },
  stopped: { word: 'Stopped', tone: 'plain' },
  partly: { word: 'Partly running', tone: 'warning' },
  unknown: { word: 'Unknown', tone: 'plain' },
}

/** The result of a check in a word. */
export const CHECK_WORDS: Readonly<Record<PreflightCheck['state'], string>> = {
  passed: 'Passed',
  warning: 'Warning',
  failed: 'Failed',
}

/** What is checked, by the name that a check has. */
const CHECK_TITLES: Readonly<Record<string, string>> = {
  tool: 'Tool',
  config: 'Configuration',
  engine: 'Container engine',
  ports: 'Ports',
  cpu: 'CPU',
  memory: 'Memory',
  disk: 'Disk',
  inotify: 'inotify limits',
  cgroups: 'cgroups',
  name: 'Name',
  'node-image': 'Node image',
}

export const checkTitle = ({ name }: PreflightCheck): string => CHECK_TITLES[name] ?? name
