import type { Problem } from '../../problem.ts'
import { findFailure, type ClusterFailure, type ClusterProblem, type FailureRule } from './cluster-failure.ts'
import { ENGINE_FAILURES } from './engine-failures.ts'
import { readMinikubeError, type MinikubeError } from './read-minikube-events.ts'

interface IdRule {
  readonly failure: ClusterFailure
  readonly id: RegExp
  /** The codes that minikube ends with for this, where it names no id. */
  readonly exitCodes: readonly number[]
  readonly code: Problem['code']
  readonly message: string
  /** What to do where minikube gives no advice of its own. */
  readonly hint: string
}

/** Sources: minikube, pkg/minikube/reason/{reason,exitcodes}.go, pkg/minikube/registry/drvs */
const BY_ID: readonly IdRule[] = [
  {
    failure: 'engine-denied',
    id: /^PROVIDER_\w+_(?:NEWGRP|PERMISSION)$|^DRV_NEEDS_|^HOST_HOME_/,
    exitCodes: [67, 57, 37],
    code: 'forbidden',
    message: 'You don’t have permission to use the container engine, or the folder of minikube',
    hint: 'Add your user to the group docker (sudo usermod -aG docker $USER) and log in again.',
  },
  {
    failure: 'engine-missing',
    id: /^PROVIDER_(?:\w+_)?NOT_FOUND$|^DRV_NOT_(?:FOUND|DETECTED)$|^DRV_UNSUPPORTED_OS$/,
    exitCodes: [65, 55],
    code: 'not-found',
    message: 'The driver needs a program that is not installed',
    hint: 'Install Docker or Podman, start it and try again, or choose another driver.',
  },
  {
    failure: 'engine-stopped',
    id: /^PROVIDER_\w+_(?:NOT_RUNNING|ERROR|DEADLINE_EXCEEDED|VERSION_EXIT_\d+|INFO_EXIT_\d+)$|^PROVIDER_UNAVAILABLE$|^ENV_(?:DOCKER|PODMAN)_UNAVAILABLE$|^PR_DOCKER_/,
    exitCodes: [60, 62, 63, 69, 99],
    code: 'unreachable',
    message: 'The container engine does not answer: it is not running',
    hint: 'Start Docker or Podman (podman machine start) and try again.',
  },
  {
    failure: 'cpus',
    id: /^RSRC_(?:\w+_)?CORES$/,
    exitCodes: [29],
    code: 'unsupported',
    message: 'There are not enough CPUs for the cluster',
    hint: 'Kubernetes needs 2. Ask for fewer, or give the container engine more.',
  },
  {
    failure: 'memory',
    id: /^RSRC_\w*(?:MEMORY|OOM)$/,
    exitCodes: [23],
    code: 'unsupported',
    message: 'There is not enough memory for the cluster',
    hint: 'Ask for less, give the container engine more, or stop other clusters.',
  },
  {
    failure: 'disk',
    id: /^RSRC_\w*STORAGE$/,
    exitCodes: [26],
    code: 'disk',
    message: 'The disk of the container engine is full',
    hint: 'Free space, for example with docker system prune, or give the engine a bigger disk.',
  },
  {
    failure: 'name-taken',
    id: /^GUEST_DRIVER_MISMATCH$|^MK_RESERVED_PROFILE$|^ENV_MULTINODE_CONFLICT$/,
    exitCodes: [81],
    code: 'conflict',
    message: 'A minikube cluster of this name already exists and was created differently',
    hint: 'Use it, delete it, or choose another name.',
  },
  {
    failure: 'config',
    id: /^MK_(?:\w+_)?USAGE$|^K8S_(?:OLD|DOWNGRADE)_UNSUPPORTED$|^INET_VERSION_/,
    exitCodes: [14, 106, 48, 49],
    code: 'bad-input',
    message: 'minikube does not take these options',
    hint: 'Compare them with https://minikube.sigs.k8s.io/docs/commands/start/.',
  },
  {
    failure: 'network',
    id: /^INET_|^IF_/,
    exitCodes: [40, 42, 45, 70, 72],
    code: 'unreachable',
    message: 'minikube cannot reach what it has to download',
    hint: 'Check the network and the proxy: https://minikube.sigs.k8s.io/docs/handbook/vpn_and_proxy/.',
  },
]

/** What stands in the text of a general failure of the guest or the control plane. */
const BY_TEXT: readonly FailureRule[] = [
  ...ENGINE_FAILURES,
  {
    failure: 'privileges',
    pattern: /sudo: a (?:terminal|password) is required|sudo: no tty present/i,
    code: 'forbidden',
    message: () => "minikube needs an administrator's rights for this",
    hint: 'Run the command in a terminal, where it can ask for the password.',
  },
  {
    failure: 'name-taken',
    pattern: /can't create with that IP, address already in use/i,
    code: 'conflict',
    message: () => 'The address that minikube wants for its node belongs to another container',
    hint: 'Remove the network that an earlier cluster left: minikube delete -p NAME, then docker network prune.',
  },
  {
    failure: 'image-missing',
    pattern: /no such image|image does not exist|unable to (?:load|read) image/i,
    code: 'not-found',
    message: () => 'There is no such image on this machine',
    hint: 'Build or pull it first, or load a file that docker save wrote.',
  },
  {
    failure: 'name-unknown',
    pattern: /Profile "([^"]*)" not found/,
    code: 'not-found',
    message: ([, name = '']) => `There is no minikube cluster named "${name}"`,
    hint: 'Check the list of clusters: another program may have deleted it.',
  },
  {
    failure: 'time-out',
    pattern:
      /timed out waiting for the condition|context deadline exceeded|never reported healthy|apiserver process never appeared|K8S_(?:APISERVER|KUBELET|INSTALL)\w*|GUEST_(?:START|NODE_START|PROVISION)\b/i,
    code: 'unreachable',
    message: () => 'The control plane did not become ready in time',
    hint: 'Mostly memory or disk is short: close other programs or give the engine more, delete the cluster and try again.',
  },
]

/** minikube's own advice is of the case at hand, ours is not. */
const adviceOf = ({ advice, url }: MinikubeError, hint: string): string =>
  [advice ?? hint, url].filter(text => text !== undefined).join(' ')

/** The cause of a failed run of minikube and what to do, from what it printed and its exit code. */
export function explainMinikubeFailure(output: string, exitCode?: number): ClusterProblem {
  const error = readMinikubeError(output)
  const id = error?.id ?? ''
  const rule =
    BY_ID.find(each => each.id.test(id)) ??
    // A general code says less than the text does, so these are only read where nothing was named.
    (id === '' && !findFailure(BY_TEXT, output)
      ? BY_ID.find(each => each.exitCodes.includes(error?.exitCode ?? exitCode ?? -1))
      : undefined)
  if (rule) {
    const { failure, code, message, hint } = rule
    const said = error?.message
    return {
      code,
      message: said === undefined || said === '' ? message : `${message}: ${said}`,
      hint: error ? adviceOf(error, hint) : hint,
      raw: output,
      failure,
    }
  }
  const found = findFailure(BY_TEXT, output)
  if (found) return { ...found, ...(error?.advice === undefined ? {} : { hint: adviceOf(error, '') }) }
  return {
    code: 'internal',
    message: error ? `minikube failed: ${error.message}` : 'minikube failed and did not say why',
    hint: error?.advice === undefined ? 'The log of the task has all that it printed.' : adviceOf(error, ''),
    raw: output,
  }
}
