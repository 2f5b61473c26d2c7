import { ProblemError } from '../../../domain/problem.ts'
import { compareVersions } from '../../../domain/setup/versions/version.ts'
import type { ToolName } from '../../../domain/setup/tools/tool-name.ts'
import { readToolVersion } from '../../../domain/setup/tools/tool-version.ts'

/** A machine that a program is built for, in Node's words. */
export interface Platform {
  readonly platform: 'linux' | 'darwin' | 'win32'
  readonly arch: 'x64' | 'arm64'
}

/** What has to be downloaded for a version of a tool. */
export interface ToolRelease {
  readonly url: string
  /** The name that a list of checksums has for the file. */
  readonly file: string
  readonly form: 'program' | 'tar.gz' | 'zip'
  /** Where its project publishes the checksum; absent where it publishes none. */
  readonly checksumUrl?: string
}

interface Tool {
  /** The arguments that print the client's version without asking a cluster; absent where none are known to be safe. */
  readonly versionArgs?: readonly string[]
  readonly readVersion: (output: string) => string | undefined
  readonly release: (version: string, os: string, arch: string) => ToolRelease
}

const GITHUB = 'https://github.com'
const last = (url: string): string => url.slice(url.lastIndexOf('/') + 1)
const firstVersion =
  (pattern: RegExp) =>
  (output: string): string | undefined =>
    pattern.exec(output)?.[1]
const bare = (version: string): string => version.replace(/^v/, '')

/** How each project names its files; read in the releases of the versions that `domain/versions` knows. */
const TOOLS: Readonly<Record<ToolName, Tool>> = {
  kubectl: {
    versionArgs: ['version', '--client', '-o', 'json'],
    readVersion: firstVersion(/"gitVersion":\s*"v([^"]+)"/),
    release(version, os, arch) {
      const url = `https://dl.k8s.io/release/v${bare(version)}/bin/${os}/${arch}/kubectl${os === 'windows' ? '.exe' : ''}`
      return { url, file: last(url), form: 'program', checksumUrl: `${url}.sha256` }
    },
  },
  kind: {
    versionArgs: ['version'],
    readVersion: firstVersion(/kind v?(\d[^\s]*)/),
    release(version, os, arch) {
      const url = `${GITHUB}/kubernetes-sigs/kind/releases/download/v${bare(version)}/kind-${os}-${arch}`
      return { url, file: last(url), form: 'program', checksumUrl: `${url}.sha256sum` }
    },
  },
  minikube: {
    versionArgs: ['version', '--short'],
    readVersion: firstVersion(/v(\d[^\s]*)/),
    release(version, os, arch) {
      const url = `${GITHUB}/kubernetes/minikube/releases/download/v${bare(version)}/minikube-${os}-${arch}${os === 'windows' ? '.exe' : ''}`
      return { url, file: last(url), form: 'program', checksumUrl: `${url}.sha256` }
    },
  },
  istioctl: {
    versionArgs: ['version', '--remote=false', '-o', 'json'],
    readVersion: firstVersion(/"version":\s*"([^"]+)"/),
    release(version, os, arch) {
      const system = { windows: 'win', darwin: `osx-${arch}` }[os] ?? `${os}-${arch}`
      const form = os === 'windows' ? 'zip' : 'tar.gz'
      const url = `${GITHUB}/istio/istio/releases/download/${bare(version)}/istioctl-${bare(version)}-${system}.${form}`
      return { url, file: last(url), form, checksumUrl: `${url}.sha256` }
    },
  },
  linkerd: {
    versionArgs: ['version', '--client', '--short'],
    readVersion: firstVersion(/((?:edge|stable|enterprise)-\d[^\s]*)/),
    release(version, os, arch) {
      const system = { windows: 'windows.exe', darwin: arch === 'arm64' ? 'darwin-arm64' : 'darwin' }[os]
      const url = `${GITHUB}/linkerd/linkerd2/releases/download/${version}/linkerd2-cli-${version}-${system ?? `${os}-${arch}`}`
      return { url, file: last(url), form: 'program' }
    },
  },
  'cloud-provider-kind': {
    // It is a server: with words that it does not know it may start to work.
    readVersion: () => undefined,
    release(version, os, arch) {
      const folder = `${GITHUB}/kubernetes-sigs/cloud-provider-kind/releases/download/v${bare(version)}`
      const file = `cloud-provider-kind_${bare(version)}_${os}_${arch}.tar.gz`
      return {
        url: `${folder}/${file}`,
        file,
        form: 'tar.gz',
        checksumUrl: `${folder}/cloud-provider-kind_${bare(version)}_checksums.txt`,
      }
    },
  },
}

/** The machine that the app runs on; a problem where no project builds for it. */
export function readPlatform(platform: string, arch: string): Platform {
  if (
    (platform === 'linux' || platform === 'darwin' || platform === 'win32') &&
    (arch === 'x64' || arch === 'arm64')
  )
    return { platform, arch }
  throw new ProblemError({
    code: 'unsupported',
    message: `The tools are not built for ${platform} on ${arch}`,
    hint: 'Install them by hand, and choose the programs here.',
  })
}

/** What to download. The version becomes part of a path and of an address, so nothing else than a version passes. */
export function findRelease(tool: ToolName, version: string, { platform, arch }: Platform): ToolRelease {
  const known = readToolVersion(tool, version)
  const os = platform === 'win32' ? 'windows' : platform
  return TOOLS[tool].release(known, os, arch === 'x64' ? 'amd64' : 'arm64')
}

/** The file name of a tool's program on a platform. */
export const programName = (tool: ToolName, platform: NodeJS.Platform): string =>
  platform === 'win32' ? `${tool}.exe` : tool

/** How a program is asked for its version, and how its answer is read. */
export const versionQuestion = (tool: ToolName): Pick<Tool, 'versionArgs' | 'readVersion'> => TOOLS[tool]

/** Newest first. */
export const byVersion = (a: { readonly version: string }, b: { readonly version: string }): number =>
  compareVersions(b.version, a.version)
