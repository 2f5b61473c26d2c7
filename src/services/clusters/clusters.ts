import { ProblemError, type Problem } from '../../domain/problem.ts'
import type { Backend } from '../../shared/contract.ts'
import type { ContextSummary, ContextsSnapshot } from '../../shared/contract/contexts.ts'
import type { Host } from '../host.ts'
import type { OnDamaged } from '../storage/stored-json.ts'
import { createAccessReviews } from './access-reviews.ts'
import { openApprovals } from './approvals.ts'
import { createClusterClient, type ClusterClient } from './cluster-client.ts'
import { createConnection, type Connection } from './connection.ts'
import type { ExecCache } from './credentials.ts'
import { keepTokens } from './keep-tokens.ts'
import { createOidcTokens } from './oidc-tokens.ts'
import { followKubeconfigFiles, listKubeconfigFiles, readKubeconfigFiles } from './kubeconfig-files.ts'
import { findDefinition, mergeKubeconfigs, type ClusterDefinition, type Kubeconfig } from './kubeconfig.ts'
import { parseKubeconfig } from './parse-kubeconfig.ts'
import type { ClusterAccess, KubernetesClient } from './kubernetes-client.ts'
import { createLatestValue } from './latest-value.ts'
import { pause } from './pause.ts'
import type { UpgradeRequest, Upgraded } from './upgrade-connection.ts'

/** The name of the context of the built-in simulated cluster. */
export const playgroundContext = 'playground'

export interface RunningPlayground {
  /** Empty where no disk takes the file. */
  readonly kubeconfigPath: string
  readonly kubeconfig: string
  reset(): Promise<void>
  stop(): Promise<void>
}

export type ClustersBackend = ClusterAccess &
  Pick<
    Backend,
    'watchContexts' | 'watchConnection' | 'approveCommand' | 'reviewAccess' | 'resetPlayground'
  > & {
    /** A connection of its own to the API server of a context, for another protocol than HTTP. */
    readonly upgrade: (context: string, request: UpgradeRequest) => Promise<Upgraded>
    /** The namespace that the context names, `default` where it names none. */
    readonly namespaceOf: (context: string) => Promise<string>
    stop(): Promise<void>
  }

/** One context that is or was in use; it outlives changes of the kubeconfig. */
interface Entry {
  readonly connection: Connection
  current?: { readonly identity: string; readonly client: ClusterClient }
}

/** All contexts: those of the user's kubeconfig files, followed on disk, and the playground, started at first use. */
export function openClusters({
  host,
  playground,
  onDamaged,
}: {
  readonly onDamaged?: OnDamaged
  readonly host: Pick<Host, 'dataFolder' | 'env' | 'now'>
  readonly playground: { start(): Promise<RunningPlayground> }
}): ClustersBackend {
  const { env, now } = host
  const paths = listKubeconfigFiles(env)
  const approvals = openApprovals(host.dataFolder, onDamaged)
  const reviews = createAccessReviews(now)
  const execCache: ExecCache = new Map()
  const oidc = createOidcTokens({ env, now, keep: keepTokens })
  const entries = new Map<string, Entry>()
  const changed = createLatestValue(0)
  const announce = (): void => changed.set(changed.get() + 1)
  const stopped = new AbortController()

  let reading = readKubeconfigFiles(paths)
  const unfollow = followKubeconfigFiles(paths, () => void reread())
  async function reread(): Promise<void> {
    const next = readKubeconfigFiles(paths)
    reading = next
    await next
    if (reading !== next) return
    await Promise.all([...entries].map(([name, entry]) => refresh(name, entry)))
    announce()
  }

  /** Whatever is still under way at a stop must not open anything any more: nobody would close it. */
  function assertRunning(): void {
    if (stopped.signal.aborted)
      throw new ProblemError({ code: 'cancelled', message: 'The app is shutting down' })
  }

  let starting: Promise<RunningPlayground> | undefined
  function startPlayground(): Promise<RunningPlayground> {
    assertRunning()
    starting ??= playground.start().catch((error: unknown) => {
      // The next use tries again.
      starting = undefined
      throw error
    })
    return starting
  }

  async function definitionOf(context: string): Promise<ClusterDefinition> {
    if (context === playgroundContext) {
      const { kubeconfigPath, kubeconfig: text } = await startPlayground()
      const kubeconfig = mergeKubeconfigs([parseKubeconfig(text, kubeconfigPath)])
      const definition = findDefinition(kubeconfig, kubeconfig.currentContext)
      if (definition) return definition
      throw new ProblemError({
        code: 'internal',
        message: `The playground's kubeconfig ${kubeconfigPath} is empty`,
      })
    }
    const definition = findDefinition(await reading, context)
    if (definition) return definition
    throw new ProblemError({
      code: 'not-found',
      message: `No kubeconfig has a context ${context} with a cluster`,
      hint: `Choose another context, or put it in ${paths.join(' or ')}.`,
    })
  }

  async function clientOf(context: string): Promise<ClusterClient> {
    const entry = entryOf(context)
    // The playground's definition is fixed once it runs; reading its file again for each request would be waste.
    if (context === playgroundContext && entry.current) return entry.current.client
    const definition = await definitionOf(context)
    assertRunning()
    oidc.note(definition.user)
    const identity = identityOf(definition)
    if (entry.current?.identity !== identity) {
      const old = entry.current
      entry.current = {
        identity,
        client: createClusterClient(definition, {
          env,
          now,
          approvals,
          execCache,
          oidc,
          stopped: stopped.signal,
        }),
      }
      reviews.forget(context)
      old?.client.close()
    }
    return entry.current.client
  }

  function entryOf(context: string): Entry {
    const known = entries.get(context)
    if (known) return known
    const connection = createConnection({ open: () => clientOf(context), now, pause, random: Math.random })
    const entry: Entry = { connection }
    entries.set(context, entry)
    connection.state.onChange(announce)
    return entry
  }

  /** After a change on disk: a context whose definition differs connects anew. */
  async function refresh(context: string, entry: Entry): Promise<void> {
    if (context === playgroundContext) return
    const before = entry.current
    // A context that is gone: its connection finds out and says so.
    await clientOf(context).catch(() => before?.client.reset())
    if (entry.current !== before || !findDefinition(await reading, context)) entry.connection.restart()
  }

  async function snapshot(): Promise<ContextsSnapshot> {
    const kubeconfig = await reading
    const contexts = [describePlayground(), ...describeAll(kubeconfig)]
    return { contexts, problems: [...kubeconfig.problems, ...findMistakes(kubeconfig)] }
  }

  const describePlayground = (): ContextSummary => ({
    name: playgroundContext,
    cluster: playgroundContext,
    server: '',
    namespace: 'default',
    user: playgroundContext,
    source: '',
    isCurrent: false,
    isPlayground: true,
    connection: entries.get(playgroundContext)?.connection.state.get() ?? { kind: 'idle' },
  })

  const describeAll = (kubeconfig: Kubeconfig): ContextSummary[] =>
    [...kubeconfig.contexts.values()]
      .filter(({ name }) => name !== playgroundContext && findDefinition(kubeconfig, name))
      .map((context): ContextSummary => {
        const connection = entries.get(context.name)?.connection.state.get() ?? { kind: 'idle' }
        return {
          name: context.name,
          cluster: context.cluster,
          server: kubeconfig.clusters.get(context.cluster)?.server ?? '',
          namespace: context.namespace,
          user: context.user,
          source: context.source,
          isCurrent: context.name === kubeconfig.currentContext,
          isPlayground: false,
          connection,
        }
      })

  /** Delegates each request to the client as the kubeconfig is now. */
  const client = (context: string): KubernetesClient => ({
    request: async request => (await clientOf(context)).request(request),
    readJson: async request => (await clientOf(context)).readJson(request),
    async *readLines(request) {
      yield* (await clientOf(context)).readLines(request)
    },
  })

  return {
    client,
    upgrade: async (context, request) => (await clientOf(context)).upgrade(request),
    reread,
    async programAccess(context) {
      if (context === playgroundContext) {
        const { kubeconfigPath } = await startPlayground()
        if (kubeconfigPath === '')
          throw new ProblemError({
            code: 'disk',
            message: 'The kubeconfig of the playground could not be written, and programs need it',
            hint: 'Free some space, then start Mesh Workbench again.',
          })
        const { context: own } = await definitionOf(context)
        return { env: { ...env, KUBECONFIG: kubeconfigPath }, context: own.name }
      }
      const consent = await (await clientOf(context)).findMissingConsent()
      if (!consent) return { env, context }
      throw new ProblemError({
        code: 'restricted',
        message: `The kubeconfig of ${context} runs ${consent.command}, which you have not approved`,
        hint: 'Choose the context and look at the command there.',
      })
    },
    namespaceOf: async context => (await definitionOf(context)).context.namespace,
    async *watchContexts(_input, signal) {
      const changes = changed.watch(AbortSignal.any([signal, stopped.signal]))
      while (!(await changes.next()).done) yield await snapshot()
    },
    async *watchConnection({ context }, signal) {
      const { connection } = entryOf(context)
      const release = connection.retain()
      try {
        yield* connection.state.watch(AbortSignal.any([signal, stopped.signal]))
      } finally {
        release()
      }
    },
    async approveCommand({ context, fingerprint }) {
      const consent = await (await clientOf(context)).findMissingConsent()
      if (!consent) return
      if (consent.fingerprint !== fingerprint)
        throw new ProblemError({
          code: 'conflict',
          message: 'The kubeconfig has changed, so its command is not the one you reviewed',
          hint: 'Look at the command as it is now.',
        })
      const { user } = await definitionOf(context)
      await approvals.add(user.name, fingerprint)
      for (const entry of entries.values()) entry.connection.restart()
    },
    async reviewAccess({ context, questions }, signal) {
      const asked = client(context)
      return Promise.all(questions.map(question => reviews.ask(context, asked, question, signal)))
    },
    async resetPlayground() {
      await (await startPlayground()).reset()
    },
    async stop() {
      stopped.abort()
      unfollow()
      for (const { connection, current } of entries.values()) {
        connection.stop()
        current?.client.close()
      }
      const running = await starting?.catch(() => undefined)
      await running?.stop()
    },
  }
}

/** What a connection depends on. Tokens of oidc change by themselves and are taken over without a new connection. */
function identityOf({ cluster, user }: ClusterDefinition): string {
  const config = Object.entries(user.authProvider?.config ?? {}).filter(
    ([key]) => key !== 'id-token' && key !== 'refresh-token',
  )
  return JSON.stringify([cluster, { ...user, authProvider: [user.authProvider?.name, config] }])
}

/** Contexts that cannot be used, and the one name that is ours. */
function findMistakes(kubeconfig: Kubeconfig): Problem[] {
  return [...kubeconfig.contexts.values()].flatMap((context): Problem[] => {
    if (context.name === playgroundContext)
      return [
        {
          code: 'conflict',
          message: `The context ${context.name} of ${context.source} is hidden by the built-in playground`,
          hint: `Give it another name: kubectl config rename-context ${context.name} NAME`,
        },
      ]
    if (kubeconfig.clusters.has(context.cluster)) return []
    return [
      {
        code: 'invalid',
        message: `The context ${context.name} of ${context.source} names the cluster ${JSON.stringify(context.cluster)}, which no kubeconfig has`,
        hint: 'Correct its cluster, or delete the context: kubectl config delete-context.',
      },
    ]
  })
}
