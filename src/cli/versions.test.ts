import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { versions } from './versions.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'versions-'))
  vi.stubEnv('PATH', folder)
  vi.stubEnv('MESH_WORKBENCH_DATA', join(folder, 'data'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

async function run(values: Record<string, unknown> = {}): Promise<{ code: number; out: string }> {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
  return { code: await versions.run(values, []), out: lines.join('\n') }
}
const place = (name: string, output: string): void => {
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${output}'\n`)
  chmodSync(join(folder, name), 0o755)
}

describe('versions', () => {
  test('says by itself why no default will do', async () => {
    const { code, out } = await run()
    expect(code).toBe(0)
    expect(out).toContain(
      'By itself kind 0.33.0 starts Kubernetes 1.37.0: Kubernetes 1.37.0 is too new for Linkerd 2.20',
    )
    expect(out).toContain('Istio 1.31.0 ignores TCPRoute objects of Gateway API 1.5.1 without a word')
    expect(out).toContain('Istio and Linkerd can share a cluster, but a pod must be in one of them only')
    expect(out).toContain('  istioctl: istioctl is not on the PATH and not downloaded')
  })

  // Each both for people and for programs, with where and when it was read.
  test.each([
    [
      'kind’s default node is too new for Linkerd',
      'kubernetes-too-new',
      'By itself kind 0.33.0 starts Kubernetes 1.37.0: Kubernetes 1.37.0 is too new for Linkerd 2.20',
    ],
    [
      'the Gateway API is too old for Istio’s TCPRoute',
      'gateway-api-too-old',
      'Istio 1.31.0 ignores TCPRoute objects of Gateway API 1.5.1 without a word: it needs 1.6.0 or newer',
    ],
    [
      'both meshes are on one cluster',
      'both-meshes',
      'Istio and Linkerd can share a cluster, but a pod must be in one of them only',
    ],
  ])('explains that %s', async (_, code, sentence) => {
    expect((await run()).out).toContain(sentence)
    const { pitfalls } = JSON.parse((await run({ output: 'json' })).out) as {
      pitfalls: { code: string; message: string; hint: string; sources: { url: string; seen: string }[] }[]
    }
    const found = pitfalls.find(each => each.code === code && each.message.startsWith(sentence))
    expect(found?.hint).toMatch(/\.$/)
    expect(found?.sources.length).toBeGreaterThan(0)
    for (const { url, seen } of found?.sources ?? []) {
      expect(url).toMatch(/^https:/)
      expect(seen).toMatch(/^\d{4}-\d\d-\d\d$/)
    }
  })

  test.each([
    [{ mesh: 'linkerd', provider: 'kind', kubernetes: '1.37' }, 'kubernetes-too-new', 1],
    [
      {
        mesh: 'istio',
        provider: 'existing',
        istio: '1.31',
        'gateway-api': '1.5.1',
        'route-kind': ['TCPRoute'],
      },
      'gateway-api-too-old',
      1,
    ],
    [{ mesh: 'both', provider: 'kind' }, 'both-meshes', 0],
  ])('the wishes %j are told %s, with exit code %d', async (wishes, code, exit) => {
    const text = await run(wishes)
    expect(text.code).toBe(exit)
    const json = await run({ ...wishes, output: 'json' })
    expect(json.code).toBe(exit)
    const { sets } = JSON.parse(json.out) as { sets: { conflicts: { code: string; message: string }[] }[] }
    const found = sets[0]?.conflicts.find(each => each.code === code)
    expect(text.out).toContain(found?.message)
  })

  test('what is here is named with its version, and the kind here decides the image', async () => {
    place('kind', 'kind v0.32.0 go1.26.3 linux/amd64')
    place('istioctl', '{"clientVersion": {"version": "1.31.0"}}')
    place('linkerd', 'edge-26.8.3')
    place('kubectl', 'broken')
    const { out } = await run()
    expect(out).toContain(`  kind 0.32.0: ${join(folder, 'kind')}. First on the PATH`)
    expect(out).toContain('  istioctl 1.31.0: ')
    expect(out).toContain('  linkerd edge-26.8.3: ')
    expect(out).toMatch(/ {2}kubectl: No kubectl on this machine can be run \(.*did not tell its version/)
    expect(out).toContain('kindest/node:v1.36.1@sha256:')
  })

  test('an older kind here does not hide what the newest does', async () => {
    place('kind', 'kind v0.32.0 go1.26.3 linux/amd64')
    expect((await run()).out).toContain(
      'By itself kind 0.33.0 starts Kubernetes 1.37.0: Kubernetes 1.37.0 is too new',
    )
  })

  test('-o json is one object with sets, conflicts, tools and sources', async () => {
    const { code, out } = await run({ output: 'json', mesh: 'linkerd', kubernetes: '1.37' })
    expect(code).toBe(1)
    const answer = JSON.parse(out) as Record<string, never>
    expect(answer).toMatchObject({
      sets: [
        {
          title: 'Linkerd',
          set: { kubernetes: '1.37.0', linkerd: 'edge-26.9.1', gatewayApi: '1.5.1' },
          conflicts: [
            {
              code: 'kubernetes-too-new',
              severity: 'error',
              sources: [{ url: expect.any(String) as string }],
            },
          ],
        },
      ],
    })
    expect(Object.keys(answer)).toEqual(['sets', 'pitfalls', 'here', 'known'])
  })

  test.each([
    [{ mesh: 'consul' }, /--mesh takes/],
    [{ provider: 'k3d' }, /--provider takes/],
    [{ output: 'yaml' }, /-o takes/],
  ])('%j is wrong use', async (values, message) => {
    await expect(run(values)).rejects.toThrow(message)
  })
})
