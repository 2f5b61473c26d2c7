import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { explainKindFailure } from './explain-kind-failure.ts'
import { checkMachine } from './check-machine.ts'
import { readClusterName, writeKindConfig } from './kind-config.ts'
import { readKindClusters, readKindProgress } from './read-kind-progress.ts'

describe('the progress of kind', () => {
  it.each([
    ['Creating cluster "dev" ...', 'Creating cluster "dev"', 0],
    [
      ' • Ensuring node image (kindest/node:v1.36.1) 🖼  ...',
      'Ensuring node image (kindest/node:v1.36.1)',
      0.02,
    ],
    [' ✓ Ensuring node image (kindest/node:v1.36.1) 🖼', 'Ensuring node image (kindest/node:v1.36.1)', 0.4],
    [' • Preparing nodes 📦 📦 📦   ...', 'Preparing nodes', 0.4],
    [' ⠈⠁ Starting control-plane 🕹️ ', undefined, undefined],
    [' • Starting control-plane 🕹️  ...', 'Starting control-plane', 0.55],
    [' ✓ Joining worker nodes 🚜', 'Joining worker nodes', 0.9],
    [' ✗ Starting control-plane 🕹️ ', undefined, undefined],
    [' • Ready after 18s 💚', undefined, undefined],
    ['Set kubectl context to "kind-dev"', 'Set kubectl context to "kind-dev"', 1],
    ['Have a nice day! 👋', undefined, undefined],
    ['', undefined, undefined],
  ])('reads %j', (line, step, progress) => {
    expect(readKindProgress(line)).toEqual(step === undefined ? undefined : { step, progress })
  })
  it('reads the names of clusters and nothing else', () => {
    expect(readKindClusters('dev\nkind-2\n\nNo kind clusters found.\n')).toEqual(['dev', 'kind-2'])
  })
})

describe('why kind failed', () => {
  it.each([
    [
      'ERROR: failed to create cluster: node(s) already exist for a cluster with the name "dev"',
      'name-taken',
      'already a kind cluster named "dev"',
    ],
    [
      'ERROR: failed to create cluster: failed to get docker info: command "docker info --format \'{{json .}}\'" failed with error: exit status 1\n\nCommand Output: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      'engine-stopped',
      'not running',
    ],
    [
      'Command Output: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
      'engine-denied',
      'permission to use',
    ],
    [
      'ERROR: failed to get cluster providers for: exec: "docker": executable file not found in $PATH',
      'engine-missing',
      'docker is not installed',
    ],
    [
      'docker: Error response from daemon: driver failed programming external connectivity on endpoint dev-control-plane: Bind for 0.0.0.0:80 failed: port is already allocated.',
      'port-taken',
      'Port 80 ',
    ],
    [
      'Error starting userland proxy: listen tcp4 127.0.0.1:443: bind: address already in use',
      'port-taken',
      'Port 443 ',
    ],
    [
      'ERROR: failed to create cluster: failed to pull image "kindest/node:v9": command "docker pull" failed',
      'image-pull',
      'kindest/node:v9 could not',
    ],
    ['failed to write: no space left on device', 'disk', 'full'],
    ['ERROR: command failed with error: exit status 137', 'memory', 'memory'],
    ['fatal: failed to create fsnotify watcher: too many open files', 'inotify', 'inotify'],
    ['ERROR: failed to create cluster: unable to decode config: unknown kind', 'config', 'unknown kind'],
    [
      'ERROR: failed to create cluster: failed to init node with kubeadm: timed out waiting for the condition',
      'time-out',
      'in time',
    ],
  ])('%s', (output, failure, message) => {
    const problem = explainKindFailure(output)
    expect(problem).toMatchObject({ failure, raw: output })
    expect(problem.message).toContain(message)
    expect(problem.hint).toBeTruthy()
  })
  it('shows what it does not know as kind said it', () => {
    expect(explainKindFailure('ERROR: the moon is full').message).toBe('kind failed: the moon is full')
  })
})

it('writes a configuration that listens on this machine only', () => {
  const text = writeKindConfig({
    name: 'dev',
    nodeImage: 'kindest/node:v1@sha256:0',
    ports: [{ host: 80, node: 30080 }],
    workers: 1,
  })
  expect(parse(text)).toEqual({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name: 'dev',
    nodes: [
      {
        role: 'control-plane',
        image: 'kindest/node:v1@sha256:0',
        extraPortMappings: [
          { containerPort: 30080, hostPort: 80, listenAddress: '127.0.0.1', protocol: 'TCP' },
        ],
      },
      { role: 'worker', image: 'kindest/node:v1@sha256:0' },
    ],
  })
})

it.each(['--help', 'Dev', 'a b', '', '../x', 'x'.repeat(41)])('refuses the name %j', name => {
  expect(() => readClusterName(name)).toThrow(/cannot be the name/)
})

it('judges a machine', () => {
  const states = (facts: Parameters<typeof checkMachine>[0]) =>
    Object.fromEntries(checkMachine(facts).map(({ name, state }) => [name, state]))
  const GB = 1024 ** 3
  expect(states({ cpus: 8, memory: 16 * GB, busyPorts: [] })).toEqual({
    ports: 'passed',
    cpu: 'passed',
    memory: 'passed',
  })
  expect(
    states({
      cpus: 2,
      memory: GB,
      busyPorts: [{ port: 80 }],
      freeDisk: GB,
      inotifyWatches: 8192,
      inotifyInstances: 128,
    }),
  ).toEqual({ ports: 'failed', cpu: 'warning', memory: 'failed', disk: 'warning', inotify: 'warning' })
})
