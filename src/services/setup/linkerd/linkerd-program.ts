import { explainLinkerdFailure } from '../../../domain/setup/linkerd/explain-linkerd-failure.ts'
import { readLinkerdCheck, type LinkerdCheck } from '../../../domain/setup/linkerd/read-linkerd-check.ts'
import { readLinkerdVersions } from '../../../domain/setup/linkerd/read-linkerd-versions.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { Host } from '../../host.ts'
import { runProcess, type ProcessResult } from '../../tasks/run-process.ts'
import type { StepContext } from '../../tasks/task.ts'
import { readObjects } from '../steps/apply-manifest.ts'

export interface LinkerdDependencies {
  /** The linkerd program, by its full path. */
  readonly program: string
  readonly env: Host['env']
  readonly context: string
  /** Of the control plane; `linkerd` where absent. */
  readonly namespace?: string
}

/** Files with the trust anchors, the issuer's certificate and its key. */
export interface IdentityFiles {
  readonly anchors: string
  readonly certificate: string
  readonly key: string
}

export interface RenderOptions {
  readonly identity?: IdentityFiles
  readonly isHighAvailability?: boolean
  /** Only to look at: what the cluster has is not asked for. */
  readonly isForPreview?: boolean
}

export type LinkerdPart = keyof typeof PARTS
type Step = Pick<StepContext, 'signal' | 'log'>

/** Linkerd by its own program, which only writes manifests and checks: what is applied is seen before. */
export interface Linkerd {
  readonly render: (
    step: Step,
    part: LinkerdPart,
    options?: RenderOptions,
  ) => Promise<readonly KubernetesObject[]>
  /** The same as text. It holds private keys. */
  readonly renderText: (step: Step, part: LinkerdPart, options?: RenderOptions) => Promise<string>
  /** What an upgrade left over: objects that the program's version does not have any more. */
  readonly listExtraneous: (step: Step, of: 'control-plane' | 'viz') => Promise<readonly KubernetesObject[]>
  readonly check: (step: Step, isBefore: boolean) => Promise<readonly LinkerdCheck[]>
  readonly readVersion: (step: Step) => Promise<string | undefined>
}

const TIMEOUT_MS = 5 * 60_000
/** How long `check` itself may wait for pods: the rollouts were waited for before. */
const CHECK_WAIT = '60s'
/** A longer manifest would lack its beginning; that of the CRDs has 0.4 MiB. */
const MAX_MANIFEST_LENGTH = 8 * 1024 * 1024

const PARTS = {
  crds: ['install', '--crds'],
  'control-plane': ['install'],
  viz: ['viz', 'install'],
  'upgrade-crds': ['upgrade', '--crds'],
  'upgrade-control-plane': ['upgrade'],
} as const

export function createLinkerd({ program, env, context, namespace }: LinkerdDependencies): Linkerd {
  /** Manifests hold private keys, so only what the program says beside them goes into the log. */
  const run = ({ signal, log }: Step, args: readonly string[]): Promise<ProcessResult> =>
    runProcess({
      command: program,
      args: [
        ...args,
        '--context',
        context,
        ...(namespace === undefined || namespace === 'linkerd' ? [] : ['--linkerd-namespace', namespace]),
      ],
      env,
      signal,
      timeoutMs: TIMEOUT_MS,
      maxOutputLength: MAX_MANIFEST_LENGTH,
      onLine: (line, stream) => {
        if (stream === 'stderr' && line.trim() !== '') log(line)
      },
    })

  async function write(step: Step, args: readonly string[]): Promise<string> {
    const what = `linkerd ${args.filter(each => !each.startsWith('/')).join(' ')}`
    const { code, stdout, stderr } = await run(step, args)
    if (code !== 0) throw new ProblemError(explainLinkerdFailure(what, code, stderr))
    if (stdout.length >= MAX_MANIFEST_LENGTH)
      throw new ProblemError({
        code: 'internal',
        message: `${what} wrote more than 8 MiB, so it is not whole here`,
      })
    return stdout
  }

  async function renderText(step: Step, part: LinkerdPart, options: RenderOptions = {}): Promise<string> {
    const text = await write(step, [...PARTS[part], ...writeFlags(part, options)])
    if (readObjects(text).length === 0)
      throw new ProblemError({
        code: 'invalid',
        message: `linkerd ${PARTS[part].join(' ')} wrote no objects`,
        hint: 'Run it by hand to see what it says, or choose another linkerd program.',
      })
    return text
  }

  return {
    renderText,
    render: async (step, part, options) => readObjects(await renderText(step, part, options)),
    listExtraneous: async (step, of) =>
      readObjects(await write(step, of === 'viz' ? ['viz', 'prune'] : ['prune'])),
    async check(step, isBefore) {
      const args = ['check', ...(isBefore ? ['--pre'] : ['--wait', CHECK_WAIT]), '--output', 'json']
      const { code, stdout, stderr } = await run(step, args)
      const checks = readLinkerdCheck(stdout)
      if (!checks) throw new ProblemError(explainLinkerdFailure('linkerd check', code, stderr || stdout))
      // Exit code 1 says that a check failed, and the list says which; any other end is one more failure.
      const isExplained = code === 0 || checks.some(({ result }) => result === 'error')
      if (isExplained) return checks
      const error = stderr.trim()
      return [
        ...checks,
        {
          category: 'linkerd check',
          description: `the program ended with exit code ${code}`,
          result: 'error',
          ...(error === '' ? {} : { error }),
        },
      ]
    },
    async readVersion(step) {
      const { code, stdout } = await run(step, ['version', '--client'])
      return code === 0 ? readLinkerdVersions(stdout).client : undefined
    },
  }
}

/** Source: https://linkerd.io/2/reference/cli/install/ */
function writeFlags(
  part: LinkerdPart,
  { identity, isHighAvailability, isForPreview }: RenderOptions,
): readonly string[] {
  const isInstall = part === 'crds' || part === 'control-plane' || part === 'viz'
  return [
    ...(isInstall && isForPreview === true ? ['--ignore-cluster'] : []),
    ...(part === 'control-plane' && isHighAvailability === true ? ['--ha'] : []),
    ...(part === 'control-plane' && identity
      ? [
          '--identity-trust-anchors-file',
          identity.anchors,
          '--identity-issuer-certificate-file',
          identity.certificate,
          '--identity-issuer-key-file',
          identity.key,
        ]
      : []),
  ]
}
