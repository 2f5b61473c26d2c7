import { describe, expect, it } from 'vitest'
import type { ClusterFailure } from './cluster-failure.ts'
import { explainKindFailure } from './explain-kind-failure.ts'
import { explainMinikubeFailure } from './explain-minikube-failure.ts'

/** What a real program printed on somebody's machine, and where that was read. */
interface Recording {
  readonly source: string
  readonly output: string
  readonly failure: ClusterFailure
  /** A part of the message that only this cause gives. */
  readonly says: string
  readonly fix: RegExp
}

const kind = 'https://github.com/kubernetes-sigs/kind/issues'
const minikube = 'https://github.com/kubernetes/minikube/issues'

/** kind 0.32.0, run with a configuration or an environment that it rejects; Docker's client was 28.2.2. */
const RUN = 'kind 0.32.0 and docker 28.2.2, run for this'
const rejected = (reason: string, says = reason): Recording => ({
  source: RUN,
  output: `ERROR: failed to create cluster: ${reason}`,
  failure: 'config',
  says,
  fix: /configuration/,
})

const KIND: readonly Recording[] = [
  rejected('invalid configuration for node 0: invalid hostPort: invalid port number: 99999'),
  rejected('must have at least one control-plane node'),
  rejected('invalid ipFamily: ipv5'),
  rejected(
    '[invalid ipFamily: ipv5, invalid pod subnet failed to parse cidr value:"abc" with error: invalid CIDR address: abc, must have at least one control-plane node]',
    'abc, must have at least one control-plane node',
  ),
  rejected(
    '[invalid configuration for node 0: "abc" is not a valid node role, must have at least one control-plane node]',
    '"abc" is not a valid node role',
  ),
  rejected('unknown apiVersion: kind.x-k8s.io/v1alpha9'),
  rejected(
    'could not determine kind / apiVersion for config: yaml: line 1: did not find expected node content',
  ),
  rejected(
    'unable to decode config: yaml: unmarshal errors:\n  line 3: field foo not found in type v1alpha4.Cluster',
    'field foo not found',
  ),
  rejected(
    "'A b' is not a valid cluster name, cluster names must match `^[a-z0-9.-]+$`",
    "'A b' is not a valid",
  ),
  {
    source: RUN,
    output: `ERROR: failed to create cluster: failed to get docker info: command "docker info --format '{{json .}}'" failed with error: exit status 1

Command Output: Failed to initialize: unable to resolve docker endpoint: invalid bind address format: foo://bar`,
    failure: 'engine-address',
    says: 'foo://bar',
    fix: /DOCKER_HOST/,
  },
  {
    source: RUN,
    output: `ERROR: failed to list clusters: command "docker ps -a --filter label=io.x-k8s.kind.cluster --format '{{.Label \"io.x-k8s.kind.cluster\"}}'" failed with error: exit status 1

Command Output: Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?`,
    failure: 'engine-address',
    says: 'tcp://127.0.0.1:1',
    fix: /DOCKER_HOST/,
  },
  {
    source: RUN,
    output: `ERROR: failed to list clusters: command "docker ps -a" failed with error: exit status 1

Command Output: error during connect: Get "http://no.such.host.invalid:2375/v1.50/containers/json?all=1&filters=%7B%22label%22%3A%7B%22io.x-k8s.kind.cluster%22%3Atrue%7D%7D": dial tcp: lookup no.such.host.invalid on 192.0.2.53:53: no such host`,
    failure: 'engine-address',
    says: 'no.such.host.invalid:2375',
    fix: /DOCKER_HOST/,
  },
  {
    source: RUN,
    output: `ERROR: failed to list clusters: command "docker ps -a" failed with error: exit status 1

Command Output: Cannot connect to the Docker daemon at unix:///nonexistent.sock. Is the docker daemon running?`,
    failure: 'engine-stopped',
    says: 'unix:///nonexistent.sock',
    fix: /DOCKER_HOST/,
  },
  {
    source: 'https://github.com/ByConity/byconity-deploy/issues/14',
    output: `ERROR: failed to create cluster: failed to list nodes: command "docker ps -a --filter label=io.x-k8s.kind.cluster=byconity-cluster --format '{{.Names}}'" failed with error: exit status 1
Command Output: Cannot connect to the Docker daemon at unix:///Users/bytedance/.colima/default/docker.sock. Is the docker daemon running?`,
    failure: 'engine-stopped',
    says: 'not running',
    fix: /Start Docker or Podman/,
  },
  {
    source: 'https://github.com/ksingh7/microshift-plus/issues/2',
    output:
      'Cannot connect to Podman. Please verify your connection to the Linux system using `podman system connection list`, or try `podman machine init` and `podman machine start` to manage a new Linux VM\nError: unable to connect to Podman. failed to create sshClient: connection to bastion host (ssh://core@localhost:56102/run/user/1000/podman/podman.sock) failed: dial tcp 127.0.0.1:56102: connect: connection refused',
    failure: 'engine-stopped',
    says: 'not running',
    fix: /podman machine start/,
  },
  {
    source: 'https://github.com/docker/getting-started-todo-app/issues/44, as kind quotes it',
    output: `ERROR: failed to list clusters: command "docker ps -a --filter label=io.x-k8s.kind.cluster --format '{{.Label \\"io.x-k8s.kind.cluster\\"}}'" failed with error: exit status 1

Command Output: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/version": dial unix /var/run/docker.sock: connect: permission denied`,
    failure: 'engine-denied',
    says: 'permission to use',
    fix: /group docker/,
  },
  {
    source: `${kind}/2254`,
    output:
      'using podman due to KIND_EXPERIMENTAL_PROVIDER\nenabling experimental podman provider\nERROR: failed to create cluster: running kind with rootless provider requires setting systemd property "Delegate=yes", see https://kind.sigs.k8s.io/docs/user/rootless/',
    failure: 'cgroups',
    says: 'cgroups',
    fix: /Delegate=yes/,
  },
  {
    source: `${kind}/3901`,
    output:
      'ERROR: failed to create cluster: could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup v1"',
    failure: 'cgroups',
    says: 'cgroups',
    fix: /cgroup v2/,
  },
  {
    source: `${kind}/1328`,
    output: `Creating cluster "kind" ...
 ✗ Ensuring node image (kindest/node:v1.17.0) 🖼
failed to pull image "kindest/node:v1.17.0@sha256:9512edae126da271b66b990b6fff768fbb7cd786c7d39e86bdf55906352fdf62": command "docker pull kindest/node:v1.17.0@sha256:9512edae126da271b66b990b6fff768fbb7cd786c7d39e86bdf55906352fdf62" failed with error: exit status 1
ERROR: failed to create cluster: failed to pull image "kindest/node:v1.17.0@sha256:9512edae126da271b66b990b6fff768fbb7cd786c7d39e86bdf55906352fdf62": command "docker pull kindest/node:v1.17.0@sha256:9512edae126da271b66b990b6fff768fbb7cd786c7d39e86bdf55906352fdf62" failed with error: exit status 1`,
    failure: 'image-pull',
    says: 'kindest/node:v1.17.0@sha256:9512',
    fix: /proxy of the container engine/,
  },
  {
    source: 'https://github.com/LCOGT/banzai/pull/409',
    output: `ERROR: failed to create cluster: failed to pull image "kindest/node:v1.22.17@sha256:9af784f45a584f6b28bce2af84c494d947a05bd709151466489008f80a9ce9d5": command "docker pull kindest/node:v1.22.17@sha256:9af784f45a584f6b28bce2af84c494d947a05bd709151466489008f80a9ce9d5" failed with error: exit status 1

Command Output: Error response from daemon: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit`,
    failure: 'image-rate',
    says: 'pull rate limit',
    fix: /docker login/,
  },
  {
    source: `${kind}/2683`,
    output: `Creating cluster "kind" ...
 ✗ Ensuring node image (kindest/node:latest) 🖼
ERROR: failed to create cluster: failed to pull image "kindest/node:latest": command "docker pull kindest/node:latest" failed with error: exit status 1
Command Output: Error response from daemon: manifest for kindest/node:latest not found: manifest unknown: manifest unknown`,
    failure: 'image-missing',
    says: 'kindest/node:latest',
    fix: /release notes/,
  },
  {
    source: 'https://github.com/siderolabs/talos/issues/1656, as kind quotes it',
    output: `ERROR: failed to create cluster: command "docker run --name dev-control-plane --publish=127.0.0.1:80:30080/TCP kindest/node:v1.35.8" failed with error: exit status 125
Command Output: docker: Error response from daemon: driver failed programming external connectivity on endpoint dev-control-plane (0e099fa78bdf95bc974b4cbc53a16b8005a494ac6df0bbe1839b09efbd531f63): Bind for 127.0.0.1:80 failed: port is already allocated`,
    failure: 'port-taken',
    says: 'Port 80 ',
    fix: /another host port/,
  },
  {
    source: 'https://github.com/gpustack/gpustack/issues/1855',
    output:
      'docker: Error response from daemon: driver failed programming external connectivity on endpoint gpustack-worker-1 (237a4b07fb1f6a0b8014765999f663a7052913b284fb6b02c7d78330f89de8ec): Error starting userland proxy: listen tcp4 0.0.0.0:50936: bind: address already in use.',
    failure: 'port-taken',
    says: 'Port 50936 ',
    fix: /another host port/,
  },
  {
    source: 'https://github.com/rancher/rancher/issues/50925',
    output:
      'Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint rke-etcd-port-listener (e266d356e72ced8ca419e7e5ab836f24fe1f4c037021ab53a6ec960f3e630997): failed to bind host port for 0.0.0.0:2379:172.17.0.2:1337/tcp: address already in use',
    failure: 'port-taken',
    says: 'Port 2379 ',
    fix: /another host port/,
  },
  {
    source: `${kind}/2475`,
    output:
      'Sep 23 12:05:47 kind-control-plane kubelet[241]: E0923 12:05:47.556324     241 watcher.go:154] Failed to watch directory "/sys/fs/cgroup/cpu,cpuacct/docker/1e929": inotify_add_watch /sys/fs/cgroup/cpu,cpuacct/docker/1e929: no space left on device',
    failure: 'inotify',
    says: 'inotify',
    fix: /sysctl fs\.inotify/,
  },
  {
    source: `${kind}/3405`,
    output: 'failed to create fsnotify watcher: too many open files',
    failure: 'inotify',
    says: 'inotify',
    fix: /max_user_instances/,
  },
  {
    source: `${kind}/1413`,
    output: `ERROR: failed to load image: command "docker exec --privileged -i cluster-worker2 ctr --namespace=k8s.io images import -" failed with error: exit status 1
ctr: failed to extract layer sha256:3f09a2bf: write /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/26/fs/opt/zing/zing-jdk.x.y.z.tar.gz: no space left on device: unknown`,
    failure: 'disk',
    says: 'disk of the container engine is full',
    fix: /docker system prune/,
  },
  {
    source: `${kind}/3160`,
    output:
      'ERROR: failed to create cluster: failed to init node with kubeadm: command "docker exec --privileged kind-control-plane kubeadm init --config=/kind/kubeadm.conf --skip-token-print --v=6" failed with error: exit status 137',
    failure: 'memory',
    says: 'memory',
    fix: /at least 6 GB/,
  },
  {
    source: `${kind}/3460`,
    output: `	Unfortunately, an error has occurred:
		timed out waiting for the condition

	This error is likely caused by:
		- The kubelet is not running
		- The kubelet is unhealthy due to a misconfiguration of the node in some way (required cgroups disabled)`,
    failure: 'time-out',
    says: 'in time',
    fix: /memory or disk/,
  },
  {
    source: 'kind, pkg/cluster/internal/create/create.go',
    output: 'ERROR: failed to create cluster: node(s) already exist for a cluster with the name "dev"',
    failure: 'name-taken',
    says: '"dev"',
    fix: /another name/,
  },
  {
    source: 'kind, pkg/cmd/kind/load/docker-image/docker-image.go',
    output: 'ERROR: image: "shop:dev" not present locally',
    failure: 'image-missing',
    says: 'shop:dev',
    fix: /Build or pull/,
  },
  {
    source: 'kind, pkg/cmd/kind/load/docker-image/docker-image.go',
    output: 'ERROR: no nodes found for cluster "dev"',
    failure: 'name-unknown',
    says: 'no kind cluster named "dev"',
    fix: /list of clusters/,
  },
]

const event = (data: Readonly<Record<string, string>>): string =>
  JSON.stringify({
    specversion: '1.0',
    id: '507528d8-0e85-47bb-a2d1-08b41d868683',
    source: 'https://minikube.sigs.k8s.io/',
    type: 'io.k8s.sigs.minikube.error',
    datacontenttype: 'application/json',
    data,
  })

const MINIKUBE: readonly Recording[] = [
  {
    source: `${minikube}/17873`,
    output: `🤷  Exiting due to PROVIDER_DOCKER_NOT_FOUND: The 'docker' provider was not found: exec: "docker": cannot run executable found relative to current directory
💡  Suggestion: Install Docker
📘  Documentation: https://minikube.sigs.k8s.io/docs/drivers/docker/`,
    failure: 'engine-missing',
    says: "The 'docker' provider was not found",
    fix: /^Install Docker https:\/\/minikube/,
  },
  {
    source: `${minikube}/12912`,
    output: `💣  Exiting due to PROVIDER_DOCKER_NEWGRP: "docker version --format -" exit status 1: Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/version": dial unix /var/run/docker.sock: connect: permission denied
💡  Suggestion: Add your user to the 'docker' group: 'sudo usermod -aG docker $USER && newgrp docker'
📘  Documentation: https://docs.docker.com/engine/install/linux-postinstall/`,
    failure: 'engine-denied',
    says: 'permission to use',
    fix: /usermod -aG docker/,
  },
  {
    source:
      'minikube, pkg/minikube/registry/drvs/docker/docker.go; format: pkg/minikube/out/out_reason_test.go',
    output: event({
      name: 'PROVIDER_DOCKER_NOT_RUNNING',
      exitcode: '69',
      message:
        '"docker version --format <no value>-<no value>:<no value>" exit status 1: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      advice: 'Start the Docker service',
      url: 'https://minikube.sigs.k8s.io/docs/drivers/docker/',
      issues: '',
    }),
    failure: 'engine-stopped',
    says: 'not running',
    fix: /^Start the Docker service https/,
  },
  {
    source: `${minikube}/9373`,
    output:
      '⛔  Exiting due to RSRC_INSUFFICIENT_CORES: Docker has less than 2 CPUs available, but Kubernetes requires at least 2 to be available',
    failure: 'cpus',
    says: 'less than 2 CPUs',
    fix: /give the container engine more/,
  },
  {
    source: `${minikube}/13372`,
    output:
      '⛔  Exiting due to RSRC_INSUFFICIENT_CORES: Requested cpu count 2 is greater than the available cpus of 1',
    failure: 'cpus',
    says: 'available cpus of 1',
    fix: /Ask for fewer/,
  },
  {
    source: `${minikube}/7850`,
    output:
      'Failed to start docker container. "minikube start" may fix it.: recreate: creating host: create: creating: create kic node: create container: failed output: docker: Error response from daemon: Range of CPUs is from 0.01 to 1.00, as there are only 1 CPUs available.',
    failure: 'cpus',
    says: 'only 1 CPU',
    fix: /fewer/,
  },
  {
    source: 'https://github.com/kubernetes/minikube/issues/9080, whose exit code was made 29 for it',
    output: event({
      exitcode: '29',
      message: 'Ensure your  system has enough CPUs. The minimum allowed is 2 CPUs.\n',
    }),
    failure: 'cpus',
    says: 'The minimum allowed is 2 CPUs',
    fix: /Kubernetes needs 2/,
  },
  {
    source: `${minikube}/16958`,
    output:
      '⛔  Exiting due to RSRC_INSUFFICIENT_CONTAINER_MEMORY: docker only has 1771MiB available, less than the required 1800MiB for Kubernetes',
    failure: 'memory',
    says: 'only has 1771MiB',
    fix: /Ask for less/,
  },
  {
    source: 'minikube, pkg/minikube/reason/reason.go, RsrcInsufficientDockerStorage',
    output: event({
      name: 'RSRC_DOCKER_STORAGE',
      exitcode: '26',
      message: 'Docker is out of disk space! (/var is at 100% of capacity)',
      advice:
        'Try one or more of the following to free up space on the device:\n\n\t1. Run "docker system prune"',
      issues: `${minikube}/9024`,
      url: '',
    }),
    failure: 'disk',
    says: '/var is at 100%',
    fix: /docker system prune/,
  },
  {
    source: `${minikube}/12894`,
    output:
      "❌  Exiting due to GUEST_PROVISION: Failed to start host: can't create with that IP, address already in use",
    failure: 'name-taken',
    says: 'belongs to another container',
    fix: /docker network prune/,
  },
  {
    source: `${minikube}/14910`,
    output:
      '❌  Exiting due to GUEST_START: wait 6m0s for node: wait for healthy API server: apiserver healthz never reported healthy: timed out waiting for the condition',
    failure: 'time-out',
    says: 'in time',
    fix: /memory or disk/,
  },
  {
    source: 'minikube, pkg/minikube/reason/k8s.go',
    output:
      'X Exiting due to K8S_APISERVER_MISSING: wait 6m0s for node: wait for apiserver proc: apiserver process never appeared',
    failure: 'time-out',
    says: 'in time',
    fix: /memory or disk/,
  },
  {
    source: `${minikube}/13268`,
    output:
      'Exiting due to MK_USAGE: Sorry, you cannot use privileged ports on the host (below 1024) [80:80 443:443]',
    failure: 'config',
    says: 'privileged ports',
    fix: /docs\/commands\/start/,
  },
  {
    source: 'the port of talos#1656, as minikube wraps it',
    output: `❌  Exiting due to GUEST_PROVISION: error provisioning guest: Failed to start host: creating host: create: creating: create kic node: create container: docker run: exit status 125
stderr:
docker: Error response from daemon: driver failed programming external connectivity on endpoint dev: Bind for 127.0.0.1:443 failed: port is already allocated.`,
    failure: 'port-taken',
    says: 'Port 443 ',
    fix: /another host port/,
  },
  {
    source: `${minikube}/13653`,
    output:
      'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper',
    failure: 'privileges',
    says: "administrator's rights",
    fix: /in a terminal/,
  },
  {
    source: 'minikube, pkg/minikube/reason/reason.go, InetReposUnavailable',
    output: event({
      name: 'INET_REPOS_UNAVAILABLE',
      exitcode: '40',
      message: 'Failed to check main repository and mirrors for images',
      advice: '',
      url: '',
      issues: '',
    }),
    failure: 'network',
    says: 'mirrors for images',
    fix: /proxy/,
  },
]

describe.each([
  ['kind', KIND, explainKindFailure],
  ['minikube', MINIKUBE, explainMinikubeFailure],
] as const)('why %s failed', (_tool, recordings, explain) => {
  it.each(recordings)('$failure: $source', ({ output, failure, says, fix }) => {
    const problem = explain(output)
    expect(problem).toMatchObject({ failure, raw: output })
    expect(problem.message).toContain(says)
    expect(problem.hint).toMatch(fix)
  })
})

describe('a failure of minikube that nothing is known of', () => {
  it('is said in its own words, with its own advice', () => {
    const output = event({ name: 'MK_NEW', exitcode: '10', message: '❌  The moon is full', advice: 'Wait' })
    expect(explainMinikubeFailure(output)).toEqual({
      code: 'internal',
      message: 'minikube failed: The moon is full',
      hint: 'Wait',
      raw: output,
    })
  })
  it('is told from the exit code where nothing was printed', () => {
    expect(explainMinikubeFailure('', 69)).toMatchObject({ failure: 'engine-stopped' })
    expect(explainMinikubeFailure('', 23)).toMatchObject({ failure: 'memory' })
    expect(explainMinikubeFailure('', 1)).toMatchObject({ code: 'internal' })
  })
  it('takes no warning for it', () => {
    const warning = JSON.stringify({
      type: 'io.k8s.sigs.minikube.error',
      data: { message: '❗  This container is having trouble accessing https://k8s.gcr.io' },
    })
    expect(explainMinikubeFailure(warning).message).toBe('minikube failed and did not say why')
  })
})
