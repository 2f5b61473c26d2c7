import { describe, expect, test } from 'vitest'
import { TOOL_NAMES } from '../../../../domain/setup/tools/tool-name.ts'
import { listToolVersions } from './list-tool-versions.ts'

describe('the versions of a tool', () => {
  test.each([
    ['kubectl', '1.35.8', ['1.36.4', '1.35.8', '1.34.11']],
    ['kubectl', 'v1.33.1', ['1.34.11']],
    ['istioctl', '1.37.0', ['1.31.0']],
    ['istioctl', '1.31.4', ['1.29.7']],
    ['linkerd', '1.37.0', []],
    ['linkerd', '1.36.4', ['edge-26.9.1', 'edge-26.8.3', 'edge-26.6.3']],
    ['kind', '1.37.0', ['0.33.0', '0.32.0']],
    ['minikube', '1.37.0', ['1.39.0']],
    ['cloud-provider-kind', '1.37.0', []],
  ] as const)('%s fits Kubernetes %s', (tool, kubernetes, expected) => {
    const fitting = listToolVersions(tool, kubernetes).filter(({ isFitting }) => isFitting)
    expect(fitting.map(({ version }) => version)).toEqual(expected)
  })

  test.each(TOOL_NAMES)('without a cluster every known version of %s will do', tool =>
    expect(listToolVersions(tool, undefined).every(({ isFitting }) => isFitting)).toBe(true),
  )
})
