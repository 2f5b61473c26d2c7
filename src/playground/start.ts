import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { answer, createUpgrade } from './api/answer.ts'
import { makeCertificate } from './api/certificate.ts'
import { collectGarbage } from './api/collect-garbage.ts'
import { makeKubeconfig } from './api/kubeconfig.ts'
import { MemoryStore } from './api/memory-store.ts'
import { seed } from './api/seed.ts'
import { serve, type ServeOptions, type Served } from './api/serve.ts'
import { createServedTypes } from './api/served-types.ts'
import { openStateFolder, writeAtomically, type Identity } from './api/state-folder.ts'
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
}

export interface Playground {
  readonly kubeconfigPath: string
  readonly server: string
  readonly token: string
  /** Back to the first objects; the server and its token stay. */
  reset(): Promise<void>
  stop(): Promise<void>
}

const SAVE_DELAY_MS = 2_000

/** Starts the simulated cluster: a Kubernetes API server on 127.0.0.1 over a world of simulated workloads. */
export async function startPlayground({
  dataFolder,
  resourcesFolder,
  port,
  kubeconfigFile,
  now = Date.now,
}: PlaygroundOptions): Promise<Playground> {
  loadSchemas(resourcesFolder)
  const isEphemeral = dataFolder === undefined
  const folder = dataFolder ?? mkdtempSync(join(tmpdir(), 'mesh-workbench-playground-'))
  const state = openStateFolder(folder, { now })
  const contents = state.readContents()
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

  const identity = state.readIdentity() ?? {
    version: 1,
    token: randomBytes(32).toString('base64url'),
    port: 0,
    certificate: makeCertificate(now()),
  }
  const served = await serveOnPort(port, identity, {
    ...identity,
    answer: request => answer(context(), request),
    upgrade: createUpgrade(context),
  })
  const server = `https://127.0.0.1:${served.port}`
  const { token, certificate } = identity
  state.writeIdentity({ ...identity, port: served.port })
  const kubeconfig = makeKubeconfig({ server, ca: certificate.ca, token })
  const kubeconfigPath = kubeconfigFile ?? join(folder, 'kubeconfig')
  mkdirSync(dirname(kubeconfigPath), { recursive: true })
  writeAtomically(kubeconfigPath, kubeconfig)

  let saving: NodeJS.Timeout | undefined
  const save = (): void => {
    clearTimeout(saving)
    saving = undefined
    if (!isEphemeral) state.writeContents(store.contents())
  }
  const saveSoon = (): void => {
    saving ??= setTimeout(() => {
      try {
        save()
      } catch (error) {
        // The next change tries again, and the end says it to the caller.
        console.error('The playground could not save its state:', error)
      }
    }, SAVE_DELAY_MS)
  }
  const unsubscribe = store.subscribe(saveSoon)
  if (!contents) save()

  return {
    kubeconfigPath,
    server,
    token,
    reset() {
      world.stop()
      store.clear()
      first()
      world = beginWorld()
      save()
      return Promise.resolve()
    },
    async stop() {
      await served.stop()
      world.stop()
      unsubscribe()
      stopCollecting()
      types.stop()
      save()
      if (isEphemeral) rmSync(folder, { recursive: true, force: true })
    },
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
