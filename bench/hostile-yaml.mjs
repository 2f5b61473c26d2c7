// What a hostile text costs: ours beside the parser without limits, in one run. `npm run bench:bounds`
import { parseAllDocuments } from 'yaml'
import { parseManifest } from '../src/domain/yaml/manifest.ts'

const repeat = (text, count) => text.repeat(count)
const texts = {
  'flow list, 0.8 MB': `a: [${repeat('x,', 400_000)}x]`,
  'block list, 0.8 MB': repeat('- x\n', 200_000),
  'blank lines, 1 MB': repeat('\n', 1_000_000),
  'documents, 0.9 MB': repeat('---\na: 1\n', 100_000),
  'JSON, 2 MB': JSON.stringify({ a: Array.from({ length: 300_000 }, (_, index) => index) }),
}

/** CPU milliseconds, and the growth of the process in megabytes. */
function measure(work) {
  globalThis.gc?.()
  const memory = process.memoryUsage().rss
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return { result, ms: (user + system) / 1000, mb: (process.memoryUsage().rss - memory) / 1024 / 1024 }
}

// Both are compiled before they are measured.
for (let round = 0; round < 50; round += 1) {
  parseManifest('a: [1, 2, 3]\nb: {c: d}\n')
  parseAllDocuments('a: [1, 2, 3]\nb: {c: d}\n')
}

let isWorse = false
for (const [name, text] of Object.entries(texts)) {
  const ours = measure(() => parseManifest(text).problems.map(({ code }) => code))
  const peer = measure(() => parseAllDocuments(text, { uniqueKeys: false }).length)
  const ratio = ours.ms / peer.ms
  console.log(
    `${name.padEnd(20)} ours ${ours.ms.toFixed(0)} ms, ${ours.mb.toFixed(0)} MB (${ours.result.join()}); ` +
      `parser alone ${peer.ms.toFixed(0)} ms, ${peer.mb.toFixed(0)} MB; ratio ${ratio.toFixed(2)}`,
  )
  isWorse ||= ratio > 0.5
}
process.exitCode = isWorse ? 1 : 0
