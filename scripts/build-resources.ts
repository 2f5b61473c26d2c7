// Makes resources/generated/crds out of the packages of models: the CRDs of Istio and of the Gateway API.
// Does nothing while the packages and this script are those that made them.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const scripts = dirname(fileURLToPath(import.meta.url))
const root = dirname(scripts)
const models = join(root, 'node_modules', '@kubernetes-models')
const generated = join(root, 'resources', 'generated')
const stampFile = join(generated, 'made-from.txt')

/** Names all that the result depends on. */
function stampOfInputs(): string {
  const hash = createHash('sha256')
  for (const name of ['istio', 'gateway-api']) hash.update(readFileSync(join(models, name, 'package.json')))
  hash.update(readFileSync(fileURLToPath(import.meta.url)))
  for (const file of readdirSync(join(scripts, 'crds')).sort())
    hash.update(readFileSync(join(scripts, 'crds', file)))
  return hash.digest('hex')
}

function readStamp(): string | undefined {
  try {
    return readFileSync(stampFile, 'utf8')
  } catch {
    // Not made yet.
    return undefined
  }
}

async function buildCrds(folder: string): Promise<void> {
  // The compiler takes a third of a second to load: only where it is needed.
  const [{ crdNames }, { makeCrd }] = await Promise.all([
    import('./crds/crd-names.ts'),
    import('./crds/make-crd.ts'),
  ])
  mkdirSync(folder, { recursive: true })
  for (const names of crdNames) {
    const crd = makeCrd(names, join(models, names.package))
    writeFileSync(join(folder, `${names.plural}.${names.group}.json`), `${JSON.stringify(crd)}\n`)
  }
}

const stamp = stampOfInputs()
if (readStamp() !== stamp) {
  const folder = join(generated, 'crds')
  const fresh = `${folder}.new`
  rmSync(fresh, { recursive: true, force: true })
  await buildCrds(fresh)
  rmSync(folder, { recursive: true, force: true })
  renameSync(fresh, folder)
  writeFileSync(stampFile, stamp)
}
