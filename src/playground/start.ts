import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProblemError, type Problem } from '../domain/problem.ts'
import { answer, createUpgrade } from './api/answer.ts'
import { makeCertificate } from './api/certificate.ts'
import { collectGarbage } from './api/collect-garbage.ts'
import { realDisk, type Disk } from './api/disk.ts'
import type { Answer, ApiRequest } from './api/exchange.ts'
import { keepContents, notKept } from './api/keep-contents.ts'
import { makeKubeconfig } from './api/kubeconfig.ts'
import { MemoryStore } from './api/memory-store.ts'
import { seed } from './api/seed.ts'
import { serve, type ServeOptions, type Served } from './api/serve.ts'
import { createServedTypes } from './api/served-types.ts'
import { openStateFolder, type Identity } from './api/state-folder.ts'
import { loadCrds } from './objects/custom-types.ts'
import { loadSchemas } from './objects/open-api.ts'
import { firstObjects } from './world/first-objects.ts'
import { startWorld, type World } from './world/start-world.ts'

export interface PlaygroundOptions {
  /** Where it keeps its state; without it everything is forgotten at the end. */
  readonly dataFolder?: string
  readonly resourcesFolder: string
  /** Without it the port of the last time, if that is free. */
  readonly port?: number
  readonly kubeconfigFile?: string
  readonly now?: () => number
  /** Told when nothing can be kept, and with undefined when it is kept again. */
  readonly onStorage?: (problem: Problem | undefined) => void
  /** Told of a damaged file that was set aside. */
  readonly onDamaged?: (problem: Problem) => void
  readonly disk?: Disk
}

export interface Playground {
  /** Empty where no disk takes the file. */
  readonly kubeconfigPath: string
  /** What stands in that file. */
  readonly kubeconfig: string
  readonly server: string
  readonly token: string
  /** Back to the first objects; the server and its token stay. */
  reset(): Promise<void>
  stop(): Promise<void>
}

/** Starts the simulated cluster: a Kubernetes API server on 127.0.0.1 over a world of simulated workloads. */
export async function startPlayground({
  dataFolder,
  resourcesFolder,
  port,
  kubeconfigFile,
  now = Date.now,
  onStorage = problem => problem && console.warn(problem.message),
  onDamaged = problem => console.warn(problem.message),
  disk = realDisk,
}: PlaygroundOptions): Promise<Playground> {
  loadSchemas(resourcesFolder)
  const isEphemeral = dataFolder === undefined
  const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), 'mesh-workbench-playground-')))
  const state = openStateFolder({ folder, disk, onDamaged, now })
  const [contents, earlier] = await Promise.all([state.readContents(), state.readIdentity()])
  const store = new MemoryStore({ now, ...(contents ? { contents } : {}) })
  const types = createServedTypes(store)
  const stopCollecting = collectGarbage(store)
  const first = (): void =>
    seed({ store, types, now }, [...loadCrds(resourcesFolder), ...firstObjects(resourcesFolder)])
  if (!contents) first()
  // No client has seen a version before these.
  store.history.forget(store.resourceVersion)

  const beginWorld = (): World => startWorld({ store, now })
  let world = beginWorld()
  const context = () => ({ store, types, workloads: world.workloads, now })
  const keeper = isEphemeral ? undefined : keepContents({ store, folder, disk, onProblem: onStorage })

  /** A write is acknowledged when it is on the disk, as etcd does. Where nothing is kept, the answer warns of it. */
  async function acknowledge(request: ApiRequest, answered: Answer): Promise<Answer> {
    if (keeper === undefined || !isWrite(request)) return answered
    await keeper.commit()
    const problem = keeper.problem()
    if (problem === undefined) return answered
    const { warning = [] } = answered.headers
    const text = `299 - ${JSON.stringify(problem.message)}`
    return { ...answered, headers: { ...answered.headers, warning: [warning, text].flat() } }
  }

  const identity = earlier ?? {
    version: 1,
    token: randomBytes(32).toString('base64url'),
    port: 0,
    certificate: await makeCertificate(now()),
  }
  const served = await serveOnPort(port, identity, {
    ...identity,
    answer: async request => acknowledge(request, await answer(context(), request)),
    upgrade: createUpgrade(context),
  })
  const server = `https://127.0.0.1:${served.port}`
  const { token, certificate } = identity
  const kubeconfig = makeKubeconfig({ server, ca: certificate.ca, token })
  const identityText = JSON.stringify({ ...identity, port: served.port })
  // Without it the next start is another server; what is kept is told by what keeps it.
  await disk.write(join(folder, 'identity.json'), identityText).catch(() => {})
  const { path: kubeconfigPath, folder: ownFolder } = await writeKubeconfig(
    kubeconfig,
    kubeconfigFile,
    folder,
    disk,
  )
  await keeper?.rewrite()

  return {
    kubeconfigPath,
    kubeconfig,
    server,
    token,
    async reset() {
      world.stop()
      store.clear()
      first()
      world = beginWorld()
      await keeper?.rewrite()
    },
    async stop() {
      await served.stop()
      world.stop()
      stopCollecting()
      types.stop()
      await keeper?.stop()
      if (isEphemeral) await rm(folder, { recursive: true, force: true })
      if (ownFolder !== undefined) await rm(ownFolder, { recursive: true, force: true })
    },
  }
}

/** Reviews, dry runs and what is only read change nothing; to wait for them costs nothing either. */
const isWrite = ({ method }: ApiRequest): boolean => method !== 'GET' && method !== 'HEAD'

/** Where the file was asked for it must be; else it goes beside the state, or where the disk takes it. */
async function writeKubeconfig(
  text: string,
  asked: string | undefined,
  folder: string,
  disk: Disk,
): Promise<{ readonly path: string; readonly folder?: string }> {
  if (asked !== undefined) {
    try {
      await disk.write(asked, text)
      return { path: asked }
    } catch (error) {
      throw new ProblemError({
        ...notKept(asked, error),
        code: 'disk',
        message: `${asked} cannot be written`,
      })
    }
  }
  const usual = join(folder, 'kubeconfig')
  try {
    await disk.write(usual, text)
    return { path: usual }
  } catch {
    // The state says why it is not kept.
  }
  try {
    const own = await mkdtemp(join(tmpdir(), 'mesh-workbench-playground-'))
    await disk.write(join(own, 'kubeconfig'), text)
    return { path: join(own, 'kubeconfig'), folder: own }
  } catch {
    // The app itself does not need the file.
    return { path: '' }
  }
}

/** A port that was asked for must be free; the one of the last time is only tried. */
async function serveOnPort(
  port: number | undefined,
  identity: Identity,
  options: Omit<ServeOptions, 'port'>,
): Promise<Served> {
  if (port !== undefined || identity.port === 0) return serve({ ...options, port: port ?? 0 })
  try {
    return await serve({ ...options, port: identity.port })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return serve({ ...options, port: 0 })
  }
}
