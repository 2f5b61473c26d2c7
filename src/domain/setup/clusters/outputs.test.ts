import { describe, expect, it } from 'vitest'
import { describeIngress, ingressUrls } from './describe-ingress.ts'
import { checkMachine } from './check-machine.ts'
import { checkNodeImages } from './check-node-image.ts'
import { minikubeStartArguments, readMinikubeOptions, writeMinikubeOptions } from './minikube-options.ts'
import { planCluster } from './plan-cluster.ts'
import { findKindClusters, readContainers } from './read-containers.ts'
import { readEngineInfo } from './read-engine-info.ts'
import { readKindConfig } from './read-kind-config.ts'
import { readMinikubeProgress } from './read-minikube-events.ts'
import { readMinikubeProfiles } from './read-minikube-profiles.ts'

const GB = 1024 ** 3

/** Recorded by a user with minikube 1.25.2: the file events.json of a run, ids shortened. */
const EVENTS = [
  [
    'step',
    {
      currentstep: '0',
      message: '😄  minikube v1.25.2 on Ubuntu 20.04',
      name: 'Initial Minikube Setup',
      totalsteps: '19',
    },
  ],
  [
    'step',
    { currentstep: '5', message: '🚜  Pulling base image ...', name: 'Pulling Base Image', totalsteps: '19' },
  ],
  ['error', { message: '❗  This container is having trouble accessing https://k8s.gcr.io' }],
  [
    'step',
    {
      currentstep: '11',
      message: '🐳  Preparing Kubernetes v1.23.3 on Docker 20.10.12 ...',
      name: 'Preparing Kubernetes',
      totalsteps: '19',
    },
  ],
  [
    'step',
    {
      currentstep: '19',
      message: '🏄  Done! kubectl is now configured to use "minikube" cluster',
      name: 'Done',
      totalsteps: '19',
    },
  ],
] as const
const line = (type: string, data: object): string =>
  JSON.stringify({
    specversion: '1.0',
    id: '1',
    source: 'https://minikube.sigs.k8s.io/',
    type: `io.k8s.sigs.minikube.${type}`,
    data,
  })

describe('the progress of minikube', () => {
  it('is what its events tell', () => {
    expect(EVENTS.map(([type, data]) => readMinikubeProgress(line(type, data)))).toEqual([
      { step: 'minikube v1.25.2 on Ubuntu 20.04', progress: 0 },
      { step: 'Pulling base image', progress: 5 / 19 },
      undefined,
      { step: 'Preparing Kubernetes v1.23.3 on Docker 20.10.12', progress: 11 / 19 },
      { step: 'Done! kubectl is now configured to use "minikube" cluster', progress: 1 },
    ])
  })
  it('counts downloads, and does without a number', () => {
    const download = { artifact: 'preload.tar.lz4', currentstep: '4', totalsteps: '8', progress: '0.25' }
    expect(readMinikubeProgress(line('download.progress', download))).toEqual({
      step: 'Downloading preload.tar.lz4: 25 %',
      progress: 0.5,
    })
    const detour = {
      currentstep: '',
      totalsteps: '19',
      name: 'Stopping',
      message: '✋  Stopping node "dev"  ...',
    }
    expect(readMinikubeProgress(line('step', detour))).toEqual({ step: 'Stopping node "dev"' })
  })
  it.each(['', 'I0101 00:00:00.0 12 log.go:1]', '{"a":', '{"type":"other","data":{}}', '[]', 'null'])(
    'passes over %j',
    text => expect(readMinikubeProgress(text)).toBeUndefined(),
  )
})

describe('the clusters of minikube', () => {
  /** Shape and values: https://github.com/kubernetes/minikube/pull/9996 and issue 9970, shortened. */
  const profile = (name: string, status: string, more: object = {}): object => ({
    Name: name,
    Status: status,
    Config: {
      Name: name,
      Memory: 3890,
      CPUs: 2,
      Driver: 'docker',
      KubernetesConfig: { KubernetesVersion: 'v1.20.0', ClusterName: name },
      Nodes: [
        {
          Name: '',
          IP: '192.168.49.2',
          Port: 8443,
          KubernetesVersion: 'v1.20.0',
          ControlPlane: true,
          Worker: true,
        },
      ],
      ExposedPorts: [],
      ...more,
    },
  })
  it.each([
    ['Running', 'running'],
    ['OK', 'running'],
    ['Stopped', 'stopped'],
    ['Degraded', 'partly'],
    ['Paused', 'partly'],
    ['Unknown', 'unknown'],
  ])('reads the state %s', (status, state) => {
    expect(
      readMinikubeProfiles(JSON.stringify({ invalid: [], valid: [profile('minikube', status)] })),
    ).toEqual([
      {
        provider: 'minikube',
        name: 'minikube',
        context: 'minikube',
        state,
        kubernetes: '1.20.0',
        nodes: 1,
        engine: 'docker',
        ports: [],
      },
    ])
  })
  it('reads ports, profiles that are broken, and nothing', () => {
    const dev = profile('dev', 'OK', { ExposedPorts: ['127.0.0.1:80:30080', '8443:30443', 'x'] })
    const [first, second] = readMinikubeProfiles(
      JSON.stringify({ valid: [dev], invalid: [{ Name: 'old-m02', Status: '', Config: null }] }),
    )
    expect(first?.ports).toEqual([
      { host: 80, node: 30080 },
      { host: 8443, node: 30443 },
    ])
    expect(second).toMatchObject({ name: 'old-m02', state: 'unknown', problem: { code: 'invalid' } })
    expect(readMinikubeProfiles('{"invalid":[],"valid":[]}')).toEqual([])
    expect(readMinikubeProfiles('{"invalid":null,"valid":null}')).toEqual([])
    expect(() => readMinikubeProfiles('No minikube profile was found.')).toThrow(/did not list/)
  })
})

describe('the nodes of kind in the engine', () => {
  const docker = (cluster: string, role: string, State: string, Ports = ''): string =>
    JSON.stringify({
      Image: 'kindest/node:v1.35.8@sha256:07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0',
      Labels: `io.x-k8s.kind.cluster=${cluster},io.x-k8s.kind.role=${role}`,
      Names: `${cluster}-${role}`,
      Ports,
      State,
    })
  it('are clusters, of Docker', () => {
    const text = [
      docker('dev', 'control-plane', 'running', '127.0.0.1:45339->6443/tcp, 127.0.0.1:80->30080/tcp'),
      docker('dev', 'worker', 'running'),
      docker('old', 'control-plane', 'exited'),
      docker('half', 'control-plane', 'running'),
      docker('half', 'worker', 'exited'),
      JSON.stringify({
        Image: 'nginx',
        Labels: 'a=b=c',
        Names: 'web',
        State: 'running',
        Ports: '0.0.0.0:8080->80/tcp',
      }),
      '',
    ].join('\n')
    expect(findKindClusters(readContainers(text), 'docker')).toEqual([
      {
        provider: 'kind',
        name: 'dev',
        context: 'kind-dev',
        state: 'running',
        nodes: 2,
        engine: 'docker',
        kubernetes: '1.35.8',
        ports: [{ host: 80, node: 30080 }],
      },
      expect.objectContaining({ name: 'old', state: 'stopped', nodes: 1 }),
      expect.objectContaining({ name: 'half', state: 'partly', nodes: 2 }),
    ])
  })
  it('are clusters, of Podman', () => {
    const list = [
      {
        Image: 'docker.io/kindest/node:v1.35.8',
        Labels: { 'io.x-k8s.kind.cluster': 'dev', 'io.x-k8s.kind.role': 'control-plane' },
        Names: ['dev-control-plane'],
        State: 'exited',
        Ports: [{ host_ip: '127.0.0.1', container_port: 30443, host_port: 443, range: 1, protocol: 'tcp' }],
      },
    ]
    expect(findKindClusters(readContainers(JSON.stringify(list)), 'podman')).toEqual([
      {
        provider: 'kind',
        name: 'dev',
        context: 'kind-dev',
        state: 'stopped',
        nodes: 1,
        engine: 'podman',
        kubernetes: '1.35.8',
        ports: [{ host: 443, node: 30443 }],
      },
    ])
    expect(readContainers('')).toEqual([])
    expect(readContainers('[]')).toEqual([])
  })
})

describe('the engine', () => {
  it('tells what its machine has, Docker', () => {
    const stdout = JSON.stringify({
      ServerVersion: '28.2.2',
      NCPU: 4,
      MemTotal: 8 * GB,
      CgroupVersion: '2',
      OperatingSystem: 'Docker Desktop',
      SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless'],
    })
    expect(readEngineInfo('docker', { stdout, stderr: '' })).toEqual({
      name: 'docker',
      version: '28.2.2',
      cpus: 4,
      memory: 8 * GB,
      cgroupVersion: '2',
      system: 'Docker Desktop',
      isRootless: true,
    })
  })
  it('tells what its machine has, Podman (kind#3936)', () => {
    const stdout = JSON.stringify({
      host: {
        cpus: 12,
        memTotal: 16 * GB,
        cgroupVersion: 'v2',
        cgroupControllers: ['memory', 'pids'],
        security: { rootless: true },
      },
      version: { Version: '5.8.2' },
    })
    const facts = readEngineInfo('podman', { stdout, stderr: '' })
    expect(facts).toEqual({
      name: 'podman',
      version: '5.8.2',
      cpus: 12,
      memory: 16 * GB,
      cgroupVersion: '2',
      cgroupControllers: ['memory', 'pids'],
      isRootless: true,
    })
    const checks = checkMachine({
      cpus: 1,
      memory: GB,
      busyPorts: [],
      ...('version' in facts ? { engine: facts } : {}),
    })
    expect(checks.find(({ name }) => name === 'cgroups')).toMatchObject({
      state: 'failed',
      message: "Rootless podman can't limit cpu",
    })
    // What the engine has counts, not what this machine has.
    expect(checks.find(({ name }) => name === 'memory')).toMatchObject({
      state: 'passed',
      message: '16.0 GB of memory for podman',
    })
  })
  it('is stopped where only the client answers (recorded with Docker 28.2.2 here)', () => {
    const stdout =
      '{"ID":"","Containers":0,"NCPU":0,"MemTotal":0,"ServerVersion":"","SecurityOptions":null,"ClientInfo":{"Version":"28.2.2"}}\n'
    const stderr =
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n'
    expect(readEngineInfo('docker', { stdout, stderr })).toMatchObject({
      code: 'unreachable',
      failure: 'engine-stopped',
    })
  })
  it('is closed to users outside of its group', () => {
    const stdout = JSON.stringify({
      ServerVersion: '',
      ServerErrors: [
        'permission denied while trying to connect to the docker API at unix:///var/run/docker.sock',
      ],
    })
    expect(readEngineInfo('docker', { stdout, stderr: '' })).toMatchObject({ failure: 'engine-denied' })
  })
  it('is shown as it spoke where nothing is known of it', () => {
    expect(readEngineInfo('podman', { stdout: '', stderr: 'Error: a new one' })).toMatchObject({
      message: 'podman failed: Error: a new one',
    })
  })
})

describe('the checks', () => {
  const check = (facts: Partial<Parameters<typeof checkMachine>[0]>, requirements = {}) =>
    Object.fromEntries(
      checkMachine({ cpus: 8, memory: 16 * GB, busyPorts: [], ...facts }, requirements).map(each => [
        each.name,
        each,
      ]),
    )
  it('name who has the port', () => {
    const owner = { port: 80, owner: 'nginx (process 812)' }
    expect(check({ busyPorts: [owner, { port: 443 }] })['ports']).toEqual({
      name: 'ports',
      state: 'failed',
      message: 'In use by another program: port 80 (nginx (process 812)) and port 443',
      hint: 'Stop the program that listens there, or choose other host ports.',
    })
  })
  it.each([
    [{ cpus: 8 }, { cpus: 12 }, 'cpu', 'failed'],
    [{ cpus: 8 }, { cpus: 8 }, 'cpu', 'passed'],
    [{ cpus: 1 }, {}, 'cpu', 'failed'],
    [{ memory: 8 * GB }, { memory: 9 }, 'memory', 'failed'],
    [{ memory: 4 * GB }, { memory: 3 }, 'memory', 'warning'],
    [{ memory: GB }, {}, 'memory', 'failed'],
    [{ freeDisk: GB }, {}, 'disk', 'warning'],
    [{ inotifyWatches: 8192, inotifyInstances: 512 }, {}, 'inotify', 'warning'],
    [{ inotifyWatches: 524_288, inotifyInstances: 512 }, {}, 'inotify', 'passed'],
  ])('of %j for %j: %s %s', (facts, requirements, name, state) => {
    const found = check(facts, requirements)[name]
    expect(found?.state).toBe(state)
    if (state !== 'passed') expect(found?.hint).toBeTruthy()
  })
  it('know which kind a node image was built for', () => {
    const image =
      'kindest/node:v1.36.1@sha256:3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5'
    expect(checkNodeImages('0.32.0', [image])).toMatchObject([{ state: 'passed' }])
    expect(checkNodeImages('v0.33.0', [image])).toMatchObject([
      { state: 'warning', hint: expect.stringContaining('Use kind 0.32.0') as string },
    ])
    expect(checkNodeImages('0.33.0', ['kindest/node:v1.35.8'])).toMatchObject([
      { message: expect.stringContaining('tag only') as string },
    ])
    expect(checkNodeImages('0.33.0', ['mine@sha256:1'])).toMatchObject([{ state: 'warning' }])
    expect(checkNodeImages(undefined, [image])).toEqual([])
  })
})

describe('the options of minikube', () => {
  const settings = {
    driver: 'docker',
    kubernetes: '1.35.8',
    cpus: 4,
    memory: 6,
    workers: 1,
    ports: [{ host: 80, node: 30080 }],
  }
  it('become arguments that cannot be options of their own', () => {
    expect(minikubeStartArguments('dev', readMinikubeOptions(writeMinikubeOptions(settings)))).toEqual([
      'start',
      '--profile=dev',
      '--driver=docker',
      '--container-runtime=containerd',
      '--kubernetes-version=v1.35.8',
      '--cpus=4',
      '--memory=6g',
      '--nodes=2',
      '--cni=kindnet',
      '--embed-certs=true',
      '--keep-context=true',
      '--wait=all',
      '--ports=127.0.0.1:80:30080',
      '--output=json',
    ])
  })
  it.each([
    ['addons: istio', /Add-ons of minikube/, 1],
    ['driver: docker\nssh-key: /etc/shadow', /"ssh-key" is no option/, 2],
    ['driver: {a: b}', /driver has no plain value/, 1],
    ['driver:', /driver has no plain value/, 1],
    ['- driver', /not a list of names/, 1],
    ['', /not a list of names/, 1],
    ['cpus: 4\nmemory: "', /not YAML: (?!.* at line)/, undefined],
  ])('refuse %j', (text, message, at) => {
    try {
      readMinikubeOptions(text)
      expect.unreachable()
    } catch (error) {
      expect(error).toHaveProperty('problem.message', expect.stringMatching(message))
      if (at !== undefined) expect(error).toHaveProperty('problem.line', at)
    }
  })
})

describe('a configuration of kind that was edited', () => {
  it('is read for what matters before', () => {
    const text = `kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n  - role: control-plane\n    image: a@sha256:1\n    extraPortMappings:\n      - {containerPort: 80, hostPort: 8080}\n      - {containerPort: 81, hostPort: -1}\n  - role: worker\n    image: a@sha256:1\n`
    expect(readKindConfig(text)).toEqual({
      nodes: 2,
      ports: [{ host: 8080, node: 80 }],
      images: ['a@sha256:1'],
    })
    expect(readKindConfig('kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4')).toEqual({
      nodes: 1,
      ports: [],
      images: [],
    })
  })
  it.each([
    '',
    'kind: Pod\napiVersion: v1',
    'kind: Cluster\napiVersion: kind.sigs.k8s.io/v1alpha3',
    'kind: [',
    '- a',
  ])('is refused: %j', text => expect(() => readKindConfig(text)).toThrow(/configuration|apiVersion/))
})

describe('a plan', () => {
  it('takes a node image that the mesh fits, and says why', () => {
    const plan = planCluster(
      { provider: 'kind', name: 'dev', workers: 1, meshes: ['linkerd'], ports: { http: 80, https: 443 } },
      '0.33.0',
    )
    expect(plan.nodeImage).toMatch(/^kindest\/node:v1\.35\.8@sha256:/)
    expect(readKindConfig(plan.config)).toEqual({
      nodes: 2,
      images: [plan.nodeImage],
      ports: [
        { host: 80, node: 30080 },
        { host: 443, node: 30443 },
      ],
    })
    expect(plan.command).toBe('kind create cluster --name dev --config - --wait 3m')
    expect(plan.reasons.join(' ')).toContain('By itself kind 0.33.0 starts Kubernetes 1.37.0')
    expect(plan.ingress[0]).toContain(
      'Ports 80 and 443 of this machine (127.0.0.1 only) lead to ports 30080 and 30443',
    )
  })
  it('keeps to the kind that is here, and says what that costs', () => {
    const plan = planCluster({ provider: 'kind', name: 'dev', workers: 0, meshes: ['linkerd'] }, '0.32.0')
    expect(plan.kubernetes).toBe('1.36.1')
    expect(plan.conflicts).toMatchObject([{ severity: 'warning' }])
  })
  it('leaves the user the choice', () => {
    const plan = planCluster(
      { provider: 'kind', name: 'dev', workers: 0, meshes: ['istio'], nodeImage: 'mine@sha256:1' },
      '0.33.0',
    )
    expect(plan.config).toContain('image: mine@sha256:1')
    expect(plan.reasons).toEqual(['mine@sha256:1 is your own choice.'])
  })
  it('is minikube too', () => {
    const plan = planCluster(
      {
        provider: 'minikube',
        name: 'dev',
        workers: 0,
        meshes: ['istio', 'linkerd'],
        cpus: 3,
        memory: 5,
        ports: { http: 8080, https: 8443 },
      },
      '1.39.0',
    )
    expect(plan.command).toMatch(
      /^minikube start --profile=dev --driver=docker .*--cpus=3 --memory=5g .*--ports=127\.0\.0\.1:8080:30080/,
    )
    expect(plan.command).not.toContain('addons')
    expect(
      planCluster(
        {
          provider: 'minikube',
          name: 'dev',
          workers: 0,
          meshes: [],
          driver: 'kvm2',
          ports: { http: 80, https: 443 },
        },
        undefined,
      ),
    ).toMatchObject({
      config: expect.not.stringContaining('ports') as string,
      ingress: [
        expect.stringContaining('maps no ports') as string,
        expect.stringContaining('minikube tunnel') as string,
      ],
    })
  })
  it('refuses names that would be options', () => {
    expect(() =>
      planCluster({ provider: 'minikube', name: '--help', workers: 0, meshes: [] }, undefined),
    ).toThrow(/cannot be the name/)
  })
})

it('says at which addresses a gateway answers', () => {
  expect(
    ingressUrls([
      { host: 80, node: 30080 },
      { host: 8443, node: 30443 },
      { host: 5, node: 5 },
    ]),
  ).toEqual(['http://localhost/', 'https://localhost:8443/'])
  expect(describeIngress('kind', [])).toHaveLength(1)
})
