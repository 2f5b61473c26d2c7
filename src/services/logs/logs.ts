import type { Backend } from '../../shared/contract.ts'
import type { Clusters } from '../clusters/kubernetes-client.ts'
import { pause } from '../clusters/pause.ts'

/** Lines that come within this time go together. */
const batch = 50
const largestBatch = 1000
/** Characters of a line. Container runtimes cut at 16 KB themselves; kubelet joins the parts again. */
const MAX_LINE_LENGTH = 64 * 1024

/** Logs of containers, as they are written. */
export function createLogs({ clusters }: { readonly clusters: Clusters }): Pick<Backend, 'watchLogs'> {
  return {
    async *watchLogs({ context, namespace, pod, container, tail }, outer) {
      const stop = new AbortController()
      const signal = AbortSignal.any([outer, stop.signal])
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`
      const lines = clusters.client(context).readLines({
        path,
        query: { container, follow: true, tailLines: tail },
        accept: '*/*',
        // Others write lines without an end: the beginning is shown, and what comes after.
        lineLimit: { maxLength: MAX_LINE_LENGTH, isCut: true },
        signal,
      })
      const iterator = lines[Symbol.asyncIterator]()
      let waiting: string[] = []
      let next = iterator.next()
      let late: Promise<'late'> | undefined
      try {
        for (;;) {
          const result = await (late === undefined ? next : Promise.race([next, late]))
          if (result !== 'late') {
            if (result.done) break
            waiting.push(result.value)
            next = iterator.next()
            late ??= pause(batch, signal).then(() => 'late')
            if (waiting.length < largestBatch) continue
          }
          yield { lines: waiting }
          waiting = []
          late = undefined
        }
        if (waiting.length > 0) yield { lines: waiting }
      } catch (error) {
        if (!outer.aborted) throw error
      } finally {
        stop.abort()
        // The read that is under way ends with the signal; nobody is left to hear of it.
        next.catch(() => {})
      }
    },
  }
}
