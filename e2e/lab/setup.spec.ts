import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { createIstio } from '../../src/services/meshes/istio.ts'
import { runProcess } from '../../src/services/tasks/run-process.ts'
import { killProcess, labTools } from './lab.ts'
import { GATEWAY_API, LAB_STATES, openMachine, type Machine } from './setup-machine.ts'

const CLUSTER = 'one-click'
const CONTEXT = `kind-${CLUSTER}`
const KIND = ['--provider', 'kind', '--mesh', 'istio', '--name', CLUSTER, '--gateway-api', GATEWAY_API()]
const SET_UP = [...KIND, '--http-port', '28080', '--https-port', '28443']

let machine: Machine
const kubectl = (...args: readonly string[]): Promise<string> =>
  machine.call('kubectl', '--context', CONTEXT, ...args)
const clusters = async (): Promise<readonly string[]> =>
  (await machine.call('kind', 'get', 'clusters')).split('\n')
const removeCluster = (): Promise<string> => machine.call('kind', 'delete', 'cluster', '--name', CLUSTER)

test.beforeAll(async () => {
  machine = await openMachine()
  await removeCluster()
})
test.afterAll(async () => {
  await removeCluster()
  await machine.stop()
})

const listContainers = async (): Promise<readonly string[]> => {
  const path =
    '{range .items[*]}{.metadata.labels.app} {.spec.initContainers[*].name} {.spec.containers[*].name}{"\\n"}{end}'
  return (await kubectl('-n', 'shop', 'get', 'pods', '-o', `jsonpath=${path}`)).trim().split('\n')
}
const names = async (...args: readonly string[]): Promise<string> =>
  await kubectl('get', ...args, '-o', 'name')

test('from nothing to Istio with kind, over an engine that is stopped, a cancel and an API server that dies; run again, it goes on', async () => {
  test.setTimeout(300_000)
  await test.step('an engine that does not run is named with its fix', async () => {
    const { code, output } = await machine.setUp(SET_UP, { env: { KIND_LAB_ENGINE: 'stopped' } })
    expect(code).toBe(1)
    expect(output).toMatch(/✖ Check this machine: .*(does not answer|not running).*Start Docker or Podman/s)
  })

  await test.step('stopped while the cluster is made, it leaves no cluster', async () => {
    let isStopped = false
    const { code, output } = await machine.setUp(SET_UP, {
      onOutput(text, interrupt) {
        if (isStopped || !text.includes('Starting control-plane')) return
        isStopped = true
        interrupt()
      },
    })
    expect(code).toBe(1)
    expect(output).toContain(`✖ Create the cluster ${CLUSTER}: It was stopped`)
    expect(await clusters()).not.toContain(CLUSTER)
  })

  await test.step('an API server that dies while Istio is installed fails that step', async () => {
    let start: Promise<() => Promise<void>> | undefined
    const { code, output } = await machine.setUp(SET_UP, {
      onOutput(text) {
        if (text.includes('Install Istio: Istiod'))
          start ??= killProcess(join(LAB_STATES, CONTEXT), 'kube-apiserver')
      },
    })
    expect(code).toBe(1)
    expect(output).toMatch(/✖ Install Istio: .*/)
    expect(output).toContain(
      `"Install Istio" is done in part in ${CONTEXT}; run the set-up again and it goes on there.`,
    )
    await (
      await start
    )?.()
    await expect(() => kubectl('get', '--raw', '/readyz')).toPass()
  })

  await test.step('the next run finishes: sidecars by the real istiod, whose webhook refuses', async () => {
    const { code, output } = await machine.setUp(SET_UP)
    expect(output).toContain('is ready.')
    expect(output).toContain('The app: http://localhost:28080/')
    expect(output).toMatch(/Jaeger: http:\/\/localhost:\d+\/ \(a forward/)
    expect(code).toBe(0)
    const pods = await listContainers()
    expect(pods.map(line => line.split(' ')[0]).toSorted()).toEqual([
      'api',
      'frontend',
      'myapp',
      'myapp',
      'service',
      'traffic',
    ])
    expect(pods.every(line => line.includes('istio-proxy'))).toBe(true)
    const ports = ['service', 'istio-ingressgateway', '-o', 'jsonpath={.spec.ports[*].nodePort}']
    expect(await kubectl('-n', 'istio-system', 'get', ...ports)).toContain('30080 30443')
    const broken = '[{"op": "replace", "path": "/spec/http/0/route/0/destination/host", "value": ""}]'
    await expect(
      kubectl('-n', 'shop', 'patch', 'virtualservice', 'app-routing', '--type', 'json', '-p', broken),
    ).rejects.toThrow(/validation\.istio\.io/)
  })

  await test.step('once more, and as an existing cluster, it changes nothing', async () => {
    const before = await names('pods', '-A')
    for (const args of [SET_UP, ['--provider', 'existing', '--context', CONTEXT, '--mesh', 'istio']]) {
      const { code, output } = await machine.setUp(args)
      expect(output).toContain('is ready.')
      expect(code).toBe(0)
      expect(await names('pods', '-A')).toBe(before)
    }
    const { code, output } = await machine.setUp([
      '--provider',
      'existing',
      '--context',
      CONTEXT,
      '--mesh',
      'linkerd',
    ])
    expect(code).toBe(1)
    expect(output).toMatch(
      /✖ Check the cluster of kind-one-click: The cluster has Istio \S+ in istio-system already/,
    )
  })

  await test.step('uninstalling Istio leaves what it says', async () => {
    const { signal } = new AbortController()
    const istio = createIstio({
      program: join(await labTools(), 'istioctl'),
      env: machine.env,
      context: CONTEXT,
    })
    const stays = await istio.uninstall({ run: request => runProcess({ ...request, signal }) })
    expect(stays).toEqual([
      'The CRDs of Istio are gone, and with them all its objects in every namespace.',
      'The namespace istio-system stays, with the certificate authority (istio-ca-secret) and what others put there.',
      'The ConfigMap istio-ca-root-cert stays in every namespace.',
      'Pods keep their sidecars until they are restarted; labels of namespaces stay.',
    ])
    expect(await names('deployments,services', '-n', 'istio-system')).toBe('')
    expect(await names('mutatingwebhookconfigurations')).not.toContain('istio')
    // The API server finishes a CRD's objects first.
    await expect(async () => expect(await names('crd')).not.toContain('.istio.io')).toPass()
    expect(await names('secret', 'istio-ca-secret', '-n', 'istio-system')).toContain('istio-ca-secret')
    expect(await names('configmap', '-n', 'shop')).toContain('istio-ca-root-cert')
    expect((await listContainers()).every(line => line.includes('istio-proxy'))).toBe(true)
    const label = 'jsonpath={.metadata.labels.istio-injection}'
    expect(await kubectl('get', 'namespace', 'shop', '-o', label)).toBe('enabled')
  })
})
