/** A forward of ours in a process of its own, as kubectl's is: KUBECONFIG, context, pod and port in; the local port out. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openClusters } from '../../src/services/clusters/clusters.ts'
import { createForwards } from '../../src/services/forwards/forwards.ts'

const [context = '', pod = '', port = ''] = process.argv.slice(2)
const dataFolder = mkdtempSync(join(tmpdir(), 'bench-forward-'))
const clusters = openClusters({
  host: { dataFolder, env: process.env, now: Date.now },
  playground: { start: () => Promise.reject(new Error('not here')) },
})
const forwards = createForwards({ dataFolder, clusters, now: Date.now })
const { signal } = new AbortController()
const target = { kind: 'Pod', namespace: 'default', name: pod } as const
const { id } = await forwards.startForward({ context, target, port, reach: 'this-machine' }, signal)
for await (const all of forwards.watchForwards({ context }, signal)) {
  const forward = all.find(each => each.id === id)
  if (forward?.state.kind !== 'ready') continue
  console.log(`Forwarding from 127.0.0.1:${String(forward.localPort)}`)
  break
}
