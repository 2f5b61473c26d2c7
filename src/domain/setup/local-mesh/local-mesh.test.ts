import { describe, expect, it } from 'vitest'
import { describeLocalMesh } from './describe-local-mesh.ts'
import { GATEWAY_API_PINS, gatewayApiUrl } from './gateway-api-pins.ts'
import { contextOfTarget } from './local-mesh-input.ts'
import {
  prepareLocalMesh,
  resolveLocalMesh,
  DEFAULT_LOCAL_MESH,
  type LocalMeshOptions,
} from './prepare-local-mesh.ts'

const requested = (change: Partial<LocalMeshOptions> = {}): LocalMeshOptions => ({
  ...DEFAULT_LOCAL_MESH,
  ...change,
})

describe('the versions of a local mesh', () => {
  it.each([
    [
      'kind',
      'istio',
      undefined,
      { gatewayApi: '1.5.1', istio: '1.31.0', kubernetes: '1.37.0', kind: '0.33.0' },
    ],
    [
      'kind',
      'istio',
      '0.32.0',
      { gatewayApi: '1.5.1', istio: '1.31.0', kubernetes: '1.36.1', kind: '0.32.0' },
    ],
    ['kind', 'linkerd', undefined, { gatewayApi: '1.5.1', linkerd: 'edge-26.9.1', kubernetes: '1.35.8' }],
    ['minikube', 'linkerd', undefined, { gatewayApi: '1.5.1', linkerd: 'edge-26.9.1', minikube: '1.39.0' }],
    ['existing', 'istio', undefined, { gatewayApi: '1.5.1', istio: '1.31.0' }],
  ] as const)('%s with %s and its tool %s', (provider, mesh, toolVersion, expected) => {
    const { set, conflicts } = resolveLocalMesh({
      provider,
      mesh,
      ...(toolVersion === undefined ? {} : { toolVersion }),
    })
    expect(set).toMatchObject(expected)
    expect(conflicts.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(GATEWAY_API_PINS[set.gatewayApi ?? '']).toMatch(/^[0-9a-f]{64}$/)
  })
  it('is the newest Gateway API where the user has the file', () => {
    const { set } = resolveLocalMesh({ provider: 'existing', mesh: 'istio', gatewayApiFile: '/crds.yaml' })
    expect(set.gatewayApi).toBe('1.6.1')
  })
  it('names where the CRDs are published', () => {
    expect(gatewayApiUrl('1.5.1')).toBe(
      'https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.5.1/standard-install.yaml',
    )
  })
})

describe('wishes as input', () => {
  it.each([
    [{}, 'kind-mesh'],
    [{ provider: 'minikube', name: 'dev' }, 'dev'],
    [{ provider: 'existing', context: 'prod' }, 'prod'],
  ] as const)('%j goes to %s', (change, context) => {
    expect(contextOfTarget(prepareLocalMesh(requested(change)).target)).toBe(context)
  })
  it('writes the configuration of the cluster with a node image that fits the mesh', () => {
    const { target } = prepareLocalMesh(
      requested({ mesh: 'linkerd', ports: { http: 8080, https: 8443 }, workers: 1 }),
    )
    expect(target).toMatchObject({ kind: 'kind', name: 'mesh', ports: { http: 8080, https: 8443 } })
    const config = target.kind === 'existing' ? '' : target.config
    expect(config.match(/kindest\/node:v1\.35\.8@sha256:[0-9a-f]{64}/g)).toHaveLength(2)
    expect(config).toContain('hostPort: 8080')
  })
  it('writes CPUs and memory for minikube', () => {
    const { target } = prepareLocalMesh(requested({ provider: 'minikube', cpus: 2, memory: 5 }))
    const config = target.kind === 'existing' ? '' : target.config
    expect(config).toContain('cpus: 2')
    expect(config).toContain('memory: 5g')
  })
  it("keeps the user's own configuration as it is", () => {
    expect(prepareLocalMesh(requested({ config: '# mine\n' })).target).toMatchObject({ config: '# mine\n' })
  })
  it.each([
    [{ name: '-x' }, 'cannot be the name of a cluster'],
    [{ profile: 'empty' }, 'installs no control plane'],
    [{ profile: 'x' }, 'There is no profile "x"'],
    [{ provider: 'existing' }, 'No context'],
  ] as const)('%j is refused', (change, message) => {
    expect(() => prepareLocalMesh(requested(change))).toThrow(message)
  })
})

describe('what will happen', () => {
  const all = (change: Partial<LocalMeshOptions>, here = {}): string => {
    const { steps, reasons, downloads, time } = describeLocalMesh(requested(change), here)
    return [...steps, ...reasons, ...downloads, time].join('\n')
  }
  it.each<[string, Partial<LocalMeshOptions>, object, readonly string[], readonly string[]]>([
    [
      'a new cluster',
      { workers: 2, ports: { http: 8080, https: 8443 } },
      {},
      [
        'cluster mesh with 3 nodes',
        'Port 8080',
        'kind 0.33.0, verified',
        'istioctl 1.31.0, verified',
        '(1 MB), verified',
      ],
      ['what is installed is kept'],
    ],
    [
      'tools that are here',
      {},
      { kind: '0.33.0', istioctl: '1.31.0' },
      ['with one node'],
      ['verified before it is run'],
    ],
    [
      'Linkerd',
      { mesh: 'linkerd' },
      {},
      ['too new for Linkerd', 'linkerd edge-26.9.1: its project publishes no checksum'],
      ['linkerd edge-26.9.1, verified'],
    ],
    [
      'an existing cluster',
      { provider: 'existing', context: 'prod' },
      {},
      ['cluster of prod is checked', 'what is installed is kept', 'images that it does not have'],
      ['kind', '1 GB'],
    ],
    ['a file of the CRDs', { gatewayApiFile: '/f' }, {}, [], ['(1 MB)', 'whose checksum this release knows']],
  ])('of %s', (_, change, here, said, unsaid) => {
    const text = all(change, here)
    for (const part of said) expect(text).toContain(part)
    for (const part of unsaid) expect(text).not.toContain(part)
  })
})
