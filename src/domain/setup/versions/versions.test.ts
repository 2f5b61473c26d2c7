import { describe, expect, test } from 'vitest'
import { findPitfalls } from './find-pitfalls.ts'
import { resolveVersions } from './resolve-versions.ts'
import { compareVersions, isVersionMet, minorOf, readVersion } from './version.ts'
import type { VersionOptions } from './version-set.ts'
import { GATEWAY_API_RELEASES } from './gateway-api-releases.ts'
import { ISTIO_RELEASES } from './istio-releases.ts'
import { KIND_RELEASES } from './kind-releases.ts'
import { KUBERNETES_RELEASES } from './kubernetes-releases.ts'
import { LINKERD_RELEASES } from './linkerd-releases.ts'
import { MINIKUBE_RELEASES } from './minikube-releases.ts'

const resolve = (options: Partial<VersionOptions>) =>
  resolveVersions({ provider: 'kind', meshes: [], ...options })
const told = (options: Partial<VersionOptions>): string[] =>
  resolve(options).conflicts.map(({ severity, code, message }) => `${severity} ${code}: ${message}`)

describe('a version', () => {
  test.each([
    ['1.35', { major: 1, minor: 35 }],
    ['v1.35.8', { major: 1, minor: 35, patch: 8 }],
    ['edge-26.9.1', { major: 26, minor: 9, patch: 1 }],
    ['1.31.0-rc.0', { major: 1, minor: 31, patch: 0, prerelease: 'rc.0' }],
    ['v1.37.0+k3s1', { major: 1, minor: 37, patch: 0, prerelease: 'k3s1' }],
    ['latest', undefined],
    ['1', undefined],
    ['1.2.3.4', undefined],
    ['../1.2.3', undefined],
    ['', undefined],
  ])('%s', (text, parts) => expect(readVersion(text)).toEqual(parts))

  test.each([
    ['1.9.0', '1.10.0', -1],
    ['v1.35.8', '1.35.8', 0],
    ['1.35', '1.35.0', 0],
    ['1.31.0-rc.0', '1.31.0', -1],
    ['edge-26.9.1', 'edge-26.10.1', -1],
    ['none', '0.0.1', -1],
  ])('%s against %s', (a, b, order) => {
    expect(Math.sign(compareVersions(a, b))).toBe(order)
    expect(Math.sign(compareVersions(b, a))).toBe(order === 0 ? 0 : -order)
  })

  test.each([
    ['1.35.8', '1.35', true],
    ['1.35.8', 'v1.35.8', true],
    ['1.35.8', '1.35.7', false],
    ['1.31.0-rc.0', '1.31', false],
    ['1.35.8', '1.3', false],
  ])('%s meets %s: %s', (release, requested, isMet) => expect(isVersionMet(release, requested)).toBe(isMet))

  test('its minor', () => expect(['v1.35.8', 'x'].map(minorOf)).toEqual(['1.35', 'x']))
})

describe('the tables', () => {
  test.each([
    ['Istio', ISTIO_RELEASES],
    ['Linkerd', LINKERD_RELEASES],
    ['Gateway API', GATEWAY_API_RELEASES],
    ['kind', KIND_RELEASES],
    ['minikube', MINIKUBE_RELEASES],
    ['Kubernetes', KUBERNETES_RELEASES],
  ])(
    '%s: readable, newest first, each with its source',
    (_, releases: readonly { version: string; source: { url: string; seen: string } }[]) => {
      for (const { version, source } of releases) {
        expect(readVersion(version)).toBeDefined()
        expect(source.url).toMatch(/^https:\/\//)
        expect(source.seen).toMatch(/^20\d\d-\d\d-\d\d$/)
      }
      expect(releases.map(({ version }) => version)).toEqual(
        releases.map(({ version }) => version).toSorted((a, b) => compareVersions(b, a)),
      )
    },
  )

  test('node images are pinned by digest', () => {
    for (const { image, kubernetes } of KIND_RELEASES.flatMap(({ images }) => images))
      expect(image).toMatch(new RegExp(`^kindest/node:v${kubernetes}@sha256:[0-9a-f]{64}$`))
  })
})

describe('the set that is chosen', () => {
  test.each([
    [{ meshes: ['istio'] }, { kubernetes: '1.37.0', istio: '1.31.0', gatewayApi: '1.6.1', kind: '0.33.0' }],
    [
      { meshes: ['linkerd'] },
      { kubernetes: '1.35.8', linkerd: 'edge-26.9.1', gatewayApi: '1.5.1', kind: '0.33.0' },
    ],
    [
      { meshes: ['istio', 'linkerd'] },
      { kubernetes: '1.35.8', istio: '1.31.0', linkerd: 'edge-26.9.1', gatewayApi: '1.5.1' },
    ],
    [
      { meshes: ['istio'], istio: '1.30' },
      { kubernetes: '1.36.4', istio: '1.30.4', gatewayApi: '1.5.1' },
    ],
    [
      { meshes: ['istio'], istio: '1.31.4' },
      { kubernetes: '1.37.0', istio: '1.31.4' },
    ],
    [{ meshes: ['linkerd'], linkerd: '2.20' }, { linkerd: 'edge-26.9.1' }],
    [
      { meshes: ['linkerd'], provider: 'minikube' },
      { kubernetes: '1.35.8', minikube: '1.39.0' },
    ],
    [{ meshes: ['linkerd'], kubernetes: '1.34' }, { kubernetes: '1.34.11' }],
    [
      { meshes: ['istio'], provider: 'existing', kubernetes: 'v1.33.1' },
      { kubernetes: '1.33.1', istio: '1.31.0' },
    ],
    [
      { meshes: ['istio'], provider: 'existing', kubernetes: 'v1.31.9' },
      { kubernetes: '1.31.9', istio: '1.29.7' },
    ],
    [
      { meshes: ['linkerd'], kind: '0.32.0' },
      { kubernetes: '1.36.1', kind: '0.32.0' },
    ],
    [{}, { kubernetes: '1.37.0', kind: '0.33.0' }],
  ] satisfies [Partial<VersionOptions>, object][])('%j', (options, set) => {
    const resolution = resolve(options)
    expect(resolution.set).toMatchObject(set)
    expect(resolution.conflicts.filter(({ severity }) => severity === 'error')).toEqual([])
  })
})

describe('a conflict is one sentence', () => {
  test.each([
    [
      { meshes: ['linkerd'], kubernetes: '1.37' },
      'error kubernetes-too-new: Kubernetes 1.37.0 is too new for Linkerd 2.20 (edge-26.9.1), which documents 1.31 to 1.35 and is tested up to 1.36',
    ],
    [
      { meshes: ['linkerd'], kubernetes: '1.36' },
      'warning kubernetes-unconfirmed: Linkerd 2.20 (edge-26.9.1) documents Kubernetes 1.31 to 1.35; 1.36 is only what its own tests run on',
    ],
    [
      { meshes: ['linkerd'], provider: 'existing', kubernetes: '1.30.2' },
      'error kubernetes-too-old: Kubernetes 1.30.2 is too old for Linkerd 2.20 (edge-26.9.1), which documents 1.31 to 1.35',
    ],
    [
      { meshes: ['istio'], gatewayApi: '1.5.1', istio: '1.31', routeKinds: ['TCPRoute'] },
      'error gateway-api-too-old: Istio 1.31.0 ignores TCPRoute objects of Gateway API 1.5.1 without a word: it needs 1.6.0 or newer',
    ],
    [
      { meshes: ['istio'], gatewayApi: '1.5.1', istio: '1.31' },
      'info gateway-api-too-old: Istio 1.31.0 ignores TCPRoute objects of Gateway API 1.5.1 without a word: it needs 1.6.0 or newer',
    ],
    [
      { meshes: ['linkerd'], gatewayApi: '1.6.1' },
      'error gateway-api-too-new: Gateway API 1.6.1 is newer than Linkerd 2.20 (edge-26.9.1) works with (1.2.1 to 1.5.1), so it ignores resources with fields it does not know',
    ],
    [
      { meshes: ['istio'], istio: '1.30.4', gatewayApi: '1.6.0' },
      'warning gateway-api-too-new: Gateway API 1.6.0 is newer than the 1.5.1 that Istio 1.30.4 was built on, so its new fields do nothing',
    ],
    [
      { meshes: ['istio', 'linkerd'] },
      'warning both-meshes: Istio and Linkerd can share a cluster, but a pod must be in one of them only and both read the same Gateway API CRDs',
    ],
    [
      { meshes: ['istio'], istio: '1.30', kubernetes: '1.37' },
      'error kubernetes-too-new: Kubernetes 1.37.0 is newer than Istio 1.30 supports (1.32 to 1.36)',
    ],
    [
      { meshes: ['istio'], istio: '1.31', provider: 'existing', kubernetes: '1.31.0' },
      'error kubernetes-too-old: Kubernetes 1.31.0 is older than Istio 1.31 supports (1.32 to 1.37)',
    ],
    [
      { meshes: ['istio'], istio: '1.29', today: '2026-11-22' },
      'warning end-of-life: Istio 1.29 gets no more fixes since about 2026-08-31',
    ],
    [
      { kubernetes: '1.33' },
      'error no-node-image: kind 0.33.0 has no node image that was built for it with Kubernetes 1.33, only 1.37.0, 1.36.4, 1.35.8, 1.34.11',
    ],
    [
      { provider: 'minikube', kubernetes: '1.38' },
      'error kubernetes-too-new: Kubernetes 1.38 is newer than minikube 1.39.0 knows (1.37.0)',
    ],
    [
      { meshes: ['istio'], istio: '1.40.0' },
      'warning unknown-version: Istio 1.40.0 is not in the tables of this release, so nothing is known about what it goes with',
    ],
    [{ meshes: ['istio'], istio: 'latest' }, 'error unknown-version: "latest" is not a version'],
  ] satisfies [Partial<VersionOptions>, string][])('%j', (options, sentence) =>
    expect(told(options)).toContain(sentence),
  )

  test('both meshes and TCPRoute cannot be had together, and it is said which of the two loses', () =>
    expect(told({ meshes: ['istio', 'linkerd'], istio: '1.31', routeKinds: ['TCPRoute'] })[0]).toMatch(
      /^error gateway-api-too-(new|old): /,
    ))

  test('every one has a hint and a source', () => {
    for (const meshes of [['istio'], ['linkerd'], ['istio', 'linkerd']] as const)
      for (const kubernetes of ['1.30.0', '1.33.0', '1.36.0', '1.37.0', '1.38.0'])
        for (const { hint, sources, message } of resolve({ meshes, kubernetes, provider: 'existing' })
          .conflicts) {
          expect(hint).toMatch(/\.$/)
          expect(message).not.toMatch(/\.$|!/)
          expect(sources.length).toBeGreaterThan(0)
        }
  })
})

test("kind's own choice is too new for Linkerd, and that is why another image is taken", () => {
  const { avoided, set } = resolve({ meshes: ['linkerd'] })
  expect(set.nodeImage).toMatch(/^kindest\/node:v1\.35\.8@sha256:07b2536e/)
  expect(avoided.map(({ message }) => message)).toEqual([
    'By itself kind 0.33.0 starts Kubernetes 1.37.0: Kubernetes 1.37.0 is too new for Linkerd 2.20 (edge-26.9.1), which documents 1.31 to 1.35 and is tested up to 1.36',
  ])
  expect(resolve({ meshes: ['linkerd'], kubernetes: '1.37' }).avoided).toEqual([])
})

test('the pitfalls of the newest of everything', () =>
  expect(findPitfalls().map(({ code, severity }) => `${severity} ${code}`)).toEqual([
    'error kubernetes-too-new',
    'error gateway-api-too-old',
    'warning both-meshes',
  ]))
