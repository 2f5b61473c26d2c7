import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resourceKey, type KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { startPlayground } from '../../playground/start.ts'
import type { ChangePlan, JournalEntry } from '../../shared/contract/changes.ts'
import { openClusters } from '../clusters/clusters.ts'
import type { KubernetesRequest } from '../clusters/kubernetes-client.ts'
import { createChanges } from './changes.ts'

export const signal = new AbortController().signal
const context = 'playground'

export const basisOf = ({ steps }: ChangePlan): Record<string, string> =>
  Object.fromEntries(steps.map(({ id, base }) => [resourceKey(id), base]))

/** Changes against a playground of their own, for tests. */
export async function openTestChanges() {
  const folder = await mkdtemp(join(tmpdir(), 'changes-'))
  const resourcesFolder = join(import.meta.dirname, '../../../resources')
  const host = {
    dataFolder: folder,
    resourcesFolder,
    env: { KUBECONFIG: join(folder, 'none') },
    openExternal: () => Promise.resolve(),
    now: () => Date.now(),
  }
  const clusters = openClusters({ host, playground: { start: () => startPlayground({ resourcesFolder }) } })
  let before: ((request: KubernetesRequest) => Promise<void>) | undefined
  const changes = createChanges({
    host,
    clusters: {
      namespaceOf: clusters.namespaceOf,
      client: name => ({
        ...clusters.client(name),
        async request(request) {
          await before?.(request)
          return clusters.client(name).request(request)
        },
      }),
    },
  })
  const plan = (text: string, force: readonly string[] = []): Promise<ChangePlan> =>
    changes.planChange({ context, text, force: [...force] }, signal)
  return {
    folder,
    clusters,
    changes,
    plan,
    /** Runs before each request of a change: a colleague who is quicker. */
    beforeRequest(act: typeof before): void {
      before = act
    },
    /** Applies a text as it was reviewed just now, or as an earlier plan of it. */
    apply: async (
      text: string,
      force: readonly string[] = [],
      reviewed?: ChangePlan,
    ): Promise<JournalEntry> => {
      const basis = basisOf(reviewed ?? (await plan(text, force)))
      return changes.applyChange({ context, text, force: [...force], basis, title: 'A change' }, signal)
    },
    revert: async (entry: string, reviewed?: ChangePlan): Promise<JournalEntry> => {
      const basis = basisOf(reviewed ?? (await changes.planRevert({ entry }, signal)))
      return changes.applyRevert({ entry, basis }, signal)
    },
    /** As a colleague with kubectl would. */
    request: async (request: KubernetesRequest): Promise<KubernetesObject> =>
      (await clusters.client(context).readJson({ ...request, signal })) as KubernetesObject,
    async journal(): Promise<readonly JournalEntry[]> {
      for await (const entries of changes.watchJournal(undefined, signal)) return entries
      return []
    },
    /** Everything that lies in the data folder, as one text. */
    async allFiles(): Promise<string> {
      const found = await readdir(folder, { recursive: true, withFileTypes: true })
      const files = found.filter(each => each.isFile()).map(each => join(each.parentPath, each.name))
      return (await Promise.all(files.map(path => readFile(path, 'utf8')))).join('\n')
    },
    async stop(): Promise<void> {
      await changes.stop()
      await clusters.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export type TestChanges = Awaited<ReturnType<typeof openTestChanges>>
